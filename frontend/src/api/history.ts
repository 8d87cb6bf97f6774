import type { ShownStatus, Stats } from './types';

const KEPT = 200;
const MIN_GAP_MS = 1000;

/** One look at the statistics. */
export interface Sample {
  atMs: number;
  counts: Record<ShownStatus, number>;
}

/** Add a look to those before it; at most 200 are kept, a second apart. */
export function appendSample(known: readonly Sample[], stats: Stats, atMs: number): Sample[] {
  const last = known.at(-1);
  const kept = last && atMs - last.atMs < MIN_GAP_MS ? known.slice(0, -1) : known;
  return [...kept, { atMs, counts: stats.by_status as Record<ShownStatus, number> }].slice(-KEPT);
}
