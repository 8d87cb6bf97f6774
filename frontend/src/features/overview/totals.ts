import type { Minute } from '@/api/types';

/** What all these minutes have together. */
export function totalsOf(minutes: readonly Minute[]) {
  const sum = (name: 'submitted' | 'completed' | 'failed' | 'cancelled') =>
    minutes.reduce((total, minute) => total + minute[name], 0);
  const [completed, failed, cancelled] = [sum('completed'), sum('failed'), sum('cancelled')];
  return { submitted: sum('submitted'), completed, failed, cancelled, ended: completed + failed + cancelled };
}
