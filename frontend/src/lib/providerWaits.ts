/** Attempts that only waited for a provider: the governor gave them back, and they count for nothing. */
import type { Segment } from './segments';

/** What such an attempt waited for, by the code of its error. */
const WAITS: Record<string, string> = {
  rate_limited: "the provider's quota",
  model_busy: 'a place at the model',
  provider_down: 'the provider, which was failing',
  provider_closed: 'the provider, closed by an operator',
};

/** An entry of the API's attempts: several in a row that only waited are one, and have codes in `waited_for`. */
interface Entry {
  attempt: number;
  count: number;
  waited_for: string[];
}

/** The entry in which an attempt only waited; undefined for one that did more. */
function waitOf(attempts: readonly Entry[], number: number): Entry | undefined {
  return attempts.find((one) => one.waited_for.length > 0 && one.attempt <= number && number < one.attempt + one.count);
}

/** Several such attempts in a row, as one. */
export interface ProviderWait {
  kind: 'providerWait';
  count: number;
  codes: string[];
  fromMs: number;
  toMs: number;
}

/** `waited 3 times for the provider's quota`. */
export function describeProviderWait({ count, codes }: Pick<ProviderWait, 'count' | 'codes'>): string {
  const times = count === 1 ? 'once' : `${count} times`;
  return `waited ${times} for ${codes.map((code) => WAITS[code] ?? code).join(', and for ')}`;
}

/** Put attempts in a row that only waited, and the waits between and after them, together; all else stays. */
export function foldProviderWaits(
  segments: readonly Segment[],
  attempts: readonly Entry[],
): (Segment | ProviderWait)[] {
  const folded: (Segment | ProviderWait)[] = [];
  let open: Entry | undefined;
  for (const segment of segments) {
    const last = folded.at(-1);
    const toMs = segment.fromMs + segment.ms;
    const entry = segment.kind === 'run' ? waitOf(attempts, segment.attempt) : undefined;
    const goesOn = segment.kind === 'run' ? entry === open : segment.end === 'started';
    if (last?.kind === 'providerWait' && open && goesOn) {
      last.toMs = toMs;
      continue;
    }
    open = entry;
    folded.push(
      entry
        ? { kind: 'providerWait', count: entry.count, codes: entry.waited_for, fromMs: segment.fromMs, toMs }
        : segment,
    );
  }
  return folded;
}

interface Line {
  name: string;
  attempt: number;
}

/** Several lines of history as one. */
export interface ProviderWaitLines<T> {
  kind: 'providerWait';
  count: number;
  codes: string[];
  first: T;
  last: T;
}

/** Put the lines of attempts in a row that only waited together: each has begun and was given back. */
export function foldLines<T extends Line>(
  lines: readonly T[],
  attempts: readonly Entry[],
): (T | ProviderWaitLines<T>)[] {
  const folded: (T | ProviderWaitLines<T>)[] = [];
  const open = new Map<Entry, ProviderWaitLines<T>>();
  for (const line of lines) {
    const entry = line.name === 'started' || line.name === 'released' ? waitOf(attempts, line.attempt) : undefined;
    const begun = entry && open.get(entry);
    if (begun) {
      begun.last = line;
    } else if (entry) {
      const one: ProviderWaitLines<T> = {
        kind: 'providerWait',
        count: entry.count,
        codes: entry.waited_for,
        first: line,
        last: line,
      };
      open.set(entry, one);
      folded.push(one);
    } else {
      folded.push(line);
    }
  }
  return folded;
}
