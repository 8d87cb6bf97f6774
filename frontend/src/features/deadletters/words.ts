import type { DeadLetterVerb, Selection } from '@/api/deadLetters';
import type { BulkAction } from '@/api/types';
import { formatCount, plural } from '@/lib/format';

/** What the page shows, as its address says it. */
export interface DeadLettersView {
  type?: string | undefined;
  queue?: string | undefined;
  error?: string | undefined;
  /** Failed from and before, ISO 8601 with a zone. */
  from?: string | undefined;
  to?: string | undefined;
}

export function asSelection(view: DeadLettersView): Omit<Selection, 'ids' | 'fingerprint'> {
  const { type, queue, error, from, to } = view;
  return { type, queue, error_code: error, finished_from: from, finished_to: to };
}

export function isNarrowed(view: DeadLettersView): boolean {
  return Object.values(view).some(Boolean);
}

export const VERBS = {
  retry: { label: 'Retry', noun: 'Retry', doing: 'Retrying', done: 'Retried' },
  discard: { label: 'Discard', noun: 'Discard', doing: 'Discarding', done: 'Discarded' },
  prune: { label: 'Delete', noun: 'Clean-up', doing: 'Deleting', done: 'Deleted' },
} satisfies Record<BulkAction['action'] | DeadLetterVerb, object>;

/** How far an action is, in one sentence without its end. */
export function describeAction({ action, status, total, done, skipped, error }: BulkAction): string {
  const { noun, doing, done: ended } = VERBS[action];
  const of = `${formatCount(done)} of ${plural(total, 'job')}`;
  const changed = skipped > 0 ? `; ${formatCount(skipped)} skipped, since they had changed` : '';
  switch (status) {
    case 'pending':
      return `${noun} of ${plural(total, 'job')} begins soon`;
    case 'running':
      return `${doing}: ${of}${changed}`;
    case 'completed':
      return `${ended} ${of}${changed}`;
    case 'cancelled':
      return `${noun} stopped after ${of}${changed}`;
    case 'failed':
      return `${noun} failed after ${of}${error ? `: ${error}` : ''}`;
  }
}

const RECENT_MS = 10 * 60_000;

/** Whether an action is under way, or ended so lately that somebody still looks for it. */
export function isRecent(action: Pick<BulkAction, 'finished_at'>, nowMs: number): boolean {
  return action.finished_at === null || nowMs - Date.parse(action.finished_at) < RECENT_MS;
}

/** How much of an action is behind it, 0 to 100. */
export function percentOf({ total, done, skipped }: Pick<BulkAction, 'total' | 'done' | 'skipped'>): number {
  return total > 0 ? Math.min(100, (100 * (done + skipped)) / total) : 100;
}

const NAMES: Record<string, string> = { error_code: 'error', finished_from: 'from', finished_to: 'before' };

/** The filter of an action in words, such as `type classify, error timeout`. */
export function describeFilter(filter: BulkAction['filter']): string {
  const parts = Object.entries(filter).map(([name, value]) => {
    if (name === 'ids') return Array.isArray(value) ? plural(value.length, 'chosen job') : 'chosen jobs';
    if (name === 'fingerprint') return 'one group';
    return `${NAMES[name] ?? name.replaceAll('_', ' ')} ${String(value)}`;
  });
  return parts.length > 0 ? parts.join(', ') : 'all';
}
