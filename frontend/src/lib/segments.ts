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
}

const RUNNING = 'processing';
const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** The code of the error in a line's detail. */
export function errorCode(detail: Record<string, unknown> | null | undefined): string | null {
  const error = detail?.error;
  return isRecord(error) && typeof error.code === 'string' ? error.code : null;
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
    segments.push({ kind, attempt, fromMs, ms, end: end?.name ?? null, code: errorCode(end?.detail) });
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

export function totalMs(segments: readonly Segment[], kind: Segment['kind']): number {
  return segments.reduce((sum, one) => (one.kind === kind ? sum + one.ms : sum), 0);
}
