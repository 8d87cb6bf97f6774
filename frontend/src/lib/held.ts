/** Attempts that only waited for a provider: the governor gave them back, and they count for nothing. */
import { errorCode, hasSpent, type Segment } from './segments';

/** What such an attempt waited for, by the code of its error. */
const WAITS: Record<string, string> = {
  rate_limited: "the provider's quota",
  model_busy: 'a place at the model',
  provider_down: 'the provider, which was failing',
  provider_closed: 'the provider, closed by an operator',
};

function isWait(end: string | null, code: string | null): code is string {
  return end === 'released' && code !== null && Object.hasOwn(WAITS, code);
}

/** Several such attempts in a row, as one. */
export interface Held {
  kind: 'held';
  count: number;
  codes: string[];
  fromMs: number;
  toMs: number;
}

/** `waited 3 times for the provider's quota`. */
export function describeHeld({ count, codes }: Pick<Held, 'count' | 'codes'>): string {
  const times = count === 1 ? 'once' : `${count} times`;
  return `waited ${times} for ${codes.map((code) => WAITS[code] ?? code).join(', and for ')}`;
}

/** Put attempts in a row that only waited, and the waits between and after them, together; all else stays. */
export function foldHeld(segments: readonly Segment[]): (Segment | Held)[] {
  const folded: (Segment | Held)[] = [];
  for (const segment of segments) {
    const last = folded.at(-1);
    const isOpen = last?.kind === 'held';
    const toMs = segment.fromMs + segment.ms;
    if (segment.kind === 'run' && !segment.hasSpent && isWait(segment.end, segment.code)) {
      const held: Held = isOpen ? last : { kind: 'held', count: 0, codes: [], fromMs: segment.fromMs, toMs };
      if (!isOpen) folded.push(held);
      held.count += 1;
      held.toMs = toMs;
      if (!held.codes.includes(segment.code)) held.codes.push(segment.code);
    } else if (isOpen && segment.kind === 'wait' && segment.end === 'started') {
      last.toMs = toMs;
    } else {
      folded.push(segment);
    }
  }
  return folded;
}

interface Line {
  name: string;
  version: number;
  attempt: number;
  at: string;
  detail: Record<string, unknown> | null;
}

/** Several lines of history as one. */
export interface HeldLines<T> {
  kind: 'held';
  count: number;
  codes: string[];
  first: T;
  last: T;
}

/** Put the lines of attempts in a row that only waited together: each has begun and was given back. */
export function foldLines<T extends Line>(lines: readonly T[]): (T | HeldLines<T>)[] {
  const folded: (T | HeldLines<T>)[] = [];
  for (const line of lines) {
    const code = errorCode(line.detail);
    const begun = folded.at(-1);
    if (
      !isWait(line.name, code) ||
      hasSpent(line.detail) ||
      !begun ||
      'kind' in begun ||
      begun.name !== 'started' ||
      begun.attempt !== line.attempt
    ) {
      folded.push(line);
      continue;
    }
    folded.pop();
    const before = folded.at(-1);
    if (before && 'kind' in before) {
      before.count += 1;
      before.last = line;
      if (!before.codes.includes(code)) before.codes.push(code);
    } else {
      folded.push({ kind: 'held', count: 1, codes: [code], first: begun, last: line });
    }
  }
  return folded;
}
