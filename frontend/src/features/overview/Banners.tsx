import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconClockPause, IconPlayerPause, IconPlugConnectedX } from '@tabler/icons-react';
import { countOpen } from '@/api/status';
import type { Providers, Queues, Stats } from '@/api/types';
import { plural } from '@/lib/format';
import { AppLink } from '@/ui/AppLink';
import { pausedIn } from './paused';
import { modelBanner, providerBanner } from './providerBanners';

interface Props {
  stats: Stats;
  queues: Queues | undefined;
  providers: Providers | undefined;
  isOld: boolean;
}

/** What an operator must see first. */
export function Banners({ stats, queues, providers, isOld }: Props) {
  const paused = queues ? pausedIn(queues) : null;
  const provider = providers ? providerBanner(providers) : null;
  const model = providers ? modelBanner(providers) : null;
  const open = countOpen(stats.by_status);
  const starving = Object.entries(stats.by_queue)
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
      {!isOld && paused && (
        <Alert color="orange" icon={<IconPlayerPause aria-hidden />} title={paused.title}>
          {paused.names}: no job there starts until somebody resumes it.{' '}
          <AppLink to="/queues" inherit underline="always" c="inherit">
            To the queues
          </AppLink>
        </Alert>
      )}
      {!isOld && provider && (
        <Alert color={provider.tone} icon={<IconPlugConnectedX aria-hidden />} title={provider.title}>
          {provider.sentences.join(' ')} Jobs that need it wait, and lose no attempt.{' '}
          <AppLink to="/providers" inherit underline="always" c="inherit">
            To the providers
          </AppLink>
        </Alert>
      )}
      {!isOld && model && (
        <Alert color={model.tone} icon={<IconPlugConnectedX aria-hidden />} title={model.title}>
          {model.sentences.join(' ')} Its provider&apos;s other models are asked as before. Jobs that can ask no other
          one wait, and lose no attempt.{' '}
          <AppLink to="/providers" inherit underline="always" c="inherit">
            To the providers
          </AppLink>
        </Alert>
      )}
    </>
  );
}
