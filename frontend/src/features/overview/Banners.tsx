import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconClockPause } from '@tabler/icons-react';
import { countOpen } from '@/api/status';
import type { Stats } from '@/api/types';
import { plural } from '@/lib/format';

/** What an operator must see first. */
export function Banners({ stats, isOld }: { stats: Stats; isOld: boolean }) {
  const open = countOpen(stats.status);
  const starving = Object.entries(stats.queue)
    .filter(([queue, counts]) => (counts.pending ?? 0) > 0 && !stats.workers.some((one) => one.queues.includes(queue)))
    .map(([queue]) => queue);
  return (
    <>
      {isOld && (
        <Alert color="orange" icon={<IconClockPause aria-hidden />} title="These figures are old">
          They are the last ones that the API sent.
        </Alert>
      )}
      {!isOld && stats.workers.length === 0 && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle aria-hidden />} title="No worker is alive">
          Jobs are accepted and stored, but nobody runs them
          {open > 0 ? `: ${plural(open, 'job')} ${open === 1 ? 'is' : 'are'} waiting` : ''}. They start as soon as a
          worker does.
        </Alert>
      )}
      {!isOld && stats.workers.length > 0 && starving.length > 0 && (
        <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title="A queue without a worker">
          No worker serves {starving.join(', ')}.
        </Alert>
      )}
    </>
  );
}
