import type { Queues } from '@/api/types';
import { plural } from '@/lib/format';

/** What is paused, as a title and the names; null: nothing is. */
export function pausedIn({ queues, types }: Queues): { title: string; names: string } | null {
  const stopped = queues.filter((one) => one.paused_at !== null);
  const pausedTypes = types.filter((one) => one.paused_at !== null);
  if (stopped.length + pausedTypes.length === 0) return null;
  const counts = [
    stopped.length > 0 ? plural(stopped.length, 'queue') : '',
    pausedTypes.length > 0 ? plural(pausedTypes.length, 'job type') : '',
  ].filter(Boolean);
  return {
    title: `Paused: ${counts.join(' and ')}`,
    names: [...stopped, ...pausedTypes].map(({ name }) => name).join(', '),
  };
}
