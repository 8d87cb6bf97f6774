/** A job's time as a row of waits and runs, read from its history. */
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
  /** Of a run: how long of it was spent waiting for a place at a model. Known when it has ended. */
  placeMs: number;
}

const RUNNING = 'processing';
const FINAL = new Set(['completed', 'failed', 'cancelled']);

function numberOf(detail: Record<string, unknown> | null | undefined, name: string): number {
  const value = detail?.[name];
  return typeof value === 'number' && value > 0 ? value : 0;
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
      placeMs: isRun ? Math.min(ms, numberOf(end?.detail, 'waited_ms')) : 0,
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
