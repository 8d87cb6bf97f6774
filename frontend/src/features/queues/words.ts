import type { FlowScope } from '@/api/controls';
import type { Flow, Queue } from '@/api/types';
import { formatCount } from '@/lib/format';

/** How a queue or job type is called in a sentence. */
export function nameOf(scope: FlowScope, name: string): string {
  return `${scope === 'queue' ? 'queue' : 'job type'} ${name}`;
}

export function isQueue(one: Flow | Queue): one is Queue {
  return 'slots' in one;
}

export interface Load {
  /** Such as `3 of 10`; without a bound the number alone. */
  text: string;
  /** 0 to 1; null: nothing bounds it. */
  ratio: number | null;
}

/** What runs of what may run at once: the limit, else the slots of a queue's workers. */
export function loadOf(one: Flow | Queue): Load {
  const bound = one.max_running ?? (isQueue(one) ? one.slots : null);
  if (bound === null) return { text: formatCount(one.running), ratio: null };
  const ratio = bound > 0 ? Math.min(1, one.running / bound) : 0;
  return { text: `${formatCount(one.running)} of ${formatCount(bound)}`, ratio };
}

export const MAX_LIMIT = 100_000;

/** What is wrong with a limit as it was typed; null: nothing. */
export function faultOf(limit: number | string): string | null {
  const isGood = typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT;
  return isGood ? null : `A whole number from 1 to ${formatCount(MAX_LIMIT)}`;
}
