/** A job's time as a row of waits and runs, read from its history. */
import { isRecord } from './json';

interface Line {
  name: string;
  status: string;
  attempt: number;
  at: string;
  detail?: Record<string, unknown> | null;
}

export interface Segment {
  kind: 'wait' | 'run';
  /** The attempt that ran, or that was waited for. */
  attempt: number;
  fromMs: number;
  ms: number;
  /** The line of history that ended it; null: it goes on. */
  end: string | null;
  /** The code of the error that ended it, if one did. */
  code: string | null;
  /** Of a run: how long of it was spent waiting for a place at a model. Known when it has ended. */
  placeMs: number;
  /** Whether a model was asked in it, and answered. */
  hasSpent: boolean;
}

const RUNNING = 'processing';
const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** The code of the error in a line's detail. */
export function errorCode(detail: Record<string, unknown> | null | undefined): string | null {
  const error = detail?.error;
  return isRecord(error) && typeof error.code === 'string' ? error.code : null;
}

function numberOf(detail: Record<string, unknown> | null | undefined, name: string): number {
  const value = detail?.[name];
  return typeof value === 'number' && value > 0 ? value : 0;
}

/** Whether an attempt that ended with this detail used tokens: then it did more than wait. */
export function hasSpent(detail: Record<string, unknown> | null | undefined): boolean {
  return numberOf(detail, 'prompt_tokens') + numberOf(detail, 'completion_tokens') > 0;
}

/** Cut a history into waits and runs. What goes on now ends at `nowMs`; nothing is ever shorter than 0. */
export function segmentsOf(lines: readonly Line[], nowMs: number): Segment[] {
  const segments: Segment[] = [];
  let kind: Segment['kind'] | null = null;
  let fromMs = 0;
  let attempt = 0;
  const close = (atMs: number, end: Line | null) => {
    if (kind === null) return;
    const ms = Math.max(0, atMs - fromMs);
    const isRun = kind === 'run';
    segments.push({
      kind,
      attempt,
      fromMs,
      ms,
      end: end?.name ?? null,
      code: errorCode(end?.detail),
      placeMs: isRun ? Math.min(ms, numberOf(end?.detail, 'waited_ms')) : 0,
      hasSpent: isRun && hasSpent(end?.detail),
    });
  };
  for (const line of lines) {
    const next = line.status === RUNNING ? 'run' : FINAL.has(line.status) ? null : 'wait';
    const isSame = next === kind && line.name !== 'started';
    if (isSame) continue;
    const atMs = Date.parse(line.at);
    close(atMs, line);
    kind = next;
    fromMs = atMs;
    attempt = next === 'wait' ? line.attempt + 1 : line.attempt;
  }
  close(nowMs, null);
  return segments;
}

/** How long a job waited, for a worker or for a place at a model, or how long it ran. */
export function totalMs(segments: readonly Segment[], kind: Segment['kind']): number {
  return segments.reduce((sum, one) => {
    const own = one.kind === kind ? one.ms - one.placeMs : 0;
    return sum + own + (kind === 'wait' ? one.placeMs : 0);
  }, 0);
}
