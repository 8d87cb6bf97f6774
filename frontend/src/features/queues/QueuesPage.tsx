import { Alert, Stack } from '@mantine/core';
import { IconBroadcastOff, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { queuesQuery } from '@/api/queries';
import { useMay } from '@/api/rights';
import type { Queues } from '@/api/types';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { PageHead } from '@/ui/PageHead';
import { Panel } from '@/ui/Panel';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { FlowTable } from './FlowTable';

/** What waits and runs in each queue and of each job type, and the controls that hold jobs back. */
export function QueuesPage() {
  usePageTitle('Queues');
  const live = usePolling({ isOpen: true });
  const found = useQuery({ ...queuesQuery, refetchInterval: live.polling.intervalMs });
  const refresh = () => void found.refetch();
  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={found.isFetching && found.isError}>
        Queues
      </PageHead>
      {found.isError && (
        <ErrorFace error={found.error} what="the queues" onRetry={refresh} isRetrying={found.isFetching} />
      )}
      {found.isPending && <LoadingFace what="the queues" />}
      {found.data && <Content queues={found.data} />}
    </Stack>
  );
}

function Content({ queues: { queues, types } }: { queues: Queues }) {
  const mayControl = useMay('operate');
  const isBrokerAway = queues.length > 0 && queues.every((one) => one.in_broker === null);
  return (
    <>
      {isBrokerAway && (
        <Alert color="orange" icon={<IconBroadcastOff aria-hidden />} title="The broker does not answer">
          Jobs are accepted and stored. They are sent to the workers as soon as it is back.
        </Alert>
      )}
      <Panel title="Queues" hint={mayControl && 'pause one, or limit how many of its jobs run at once'}>
        {queues.length === 0 ? (
          <EmptyFace icon={IconStack2} title="No queue">
            The server&apos;s settings name the queues; each has a line here.
          </EmptyFace>
        ) : (
          <FlowTable scope="queue" flows={queues} />
        )}
      </Panel>
      <Panel title="Job types" hint="over all queues">
        {types.length === 0 ? (
          <EmptyFace icon={IconStack2} title="No job type">
            Each kind of job that the server can run has a line here.
          </EmptyFace>
        ) : (
          <FlowTable scope="type" flows={types} />
        )}
      </Panel>
    </>
  );
}
