import type { Queues } from '@/api/types';
import { plural } from '@/lib/format';

/** What is paused, as a title and the names; null: nothing is. */
export function pausedIn({ queues, types }: Queues): { title: string; names: string } | null {
  const stopped = queues.filter((one) => one.paused_at !== null);
  const held = types.filter((one) => one.paused_at !== null);
  if (stopped.length + held.length === 0) return null;
  const counts = [
    stopped.length > 0 ? plural(stopped.length, 'queue') : '',
    held.length > 0 ? plural(held.length, 'job type') : '',
  ].filter(Boolean);
  return {
    title: `Paused: ${counts.join(' and ')}`,
    names: [...stopped, ...held].map(({ name }) => name).join(', '),
  };
}
