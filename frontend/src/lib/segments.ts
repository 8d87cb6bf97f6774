/** A job's time as a row of waits and runs, read from its history. */

interface Line {
  name: string;
  status: string;
  attempt: number;
  at: string;
}

export interface Segment {
  kind: 'wait' | 'run';
  /** The attempt that ran, or that was waited for. */
  attempt: number;
  fromMs: number;
  ms: number;
  /** The line of history that ended it; null: it goes on. */
  end: string | null;
}

const RUNNING = 'processing';
const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** Cut a history into waits and runs. What goes on now ends at `nowMs`; nothing is ever shorter than 0. */
export function segmentsOf(lines: readonly Line[], nowMs: number): Segment[] {
  const segments: Segment[] = [];
  let kind: Segment['kind'] | null = null;
  let fromMs = 0;
  let attempt = 0;
  const close = (atMs: number, end: string | null) => {
    if (kind !== null) segments.push({ kind, attempt, fromMs, ms: Math.max(0, atMs - fromMs), end });
  };
  for (const line of lines) {
    const next = line.status === RUNNING ? 'run' : FINAL.has(line.status) ? null : 'wait';
    const isSame = next === kind && line.name !== 'started';
    if (isSame) continue;
    const atMs = Date.parse(line.at);
    close(atMs, line.name);
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
