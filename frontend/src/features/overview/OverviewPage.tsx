import { Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { providersQuery } from '@/api/providers';
import { historyQuery, queuesQuery, statsQuery } from '@/api/queries';
import { countAll } from '@/api/status';
import type { ShownStatus, Stats } from '@/api/types';
import { formatSeconds } from '@/lib/format';
import { Allowed } from '@/ui/Allowed';
import { ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { PageHead } from '@/ui/PageHead';
import { Panel } from '@/ui/Panel';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { Banners } from './Banners';
import { CostsToday } from './CostsToday';
import { CountCards } from './CountCards';
import { GoneWorkersPanel } from './GoneWorkersPanel';
import { LastHour } from './LastHour';
import { WindowsTable } from './WindowsTable';
import { WorkersPanel } from './WorkersPanel';

// Asked for with this page and not first when its figures are there.
const flow = import('./StateFlow');
const StateFlow = lazy(() => flow.then(({ StateFlow }) => ({ default: StateFlow })));

interface Props {
  onStatus: (status: ShownStatus) => void;
}

export function OverviewPage({ onStatus }: Props) {
  usePageTitle('Overview');
  const cache = useQueryClient();
  const live = usePolling({ isOpen: true });
  const stats = useQuery({ ...statsQuery, refetchInterval: live.polling.intervalMs });
  const refresh = () => void cache.refetchQueries({ type: 'active' });
  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={stats.isFetching && stats.isError}>
        Overview
      </PageHead>
      {stats.isError && (
        <ErrorFace error={stats.error} what="the statistics" onRetry={refresh} isRetrying={stats.isFetching} />
      )}
      {stats.isPending && <LoadingFace what="the overview" />}
      {stats.data && (
        <Content stats={stats.data} onStatus={onStatus} isOld={stats.isError} intervalMs={live.polling.intervalMs} />
      )}
    </Stack>
  );
}

const OLD_COUNTS_S = 5;

/** How long the oldest job waits; and how old the counts are, when counting many jobs makes them so. */
function hintOf({ oldest_waiting_s, counts_age_s }: Stats): string {
  const waits =
    oldest_waiting_s === null
      ? 'nothing waits'
      : `the oldest waiting job is due since ${formatSeconds(oldest_waiting_s)}`;
  return counts_age_s > OLD_COUNTS_S ? `${waits}; counted ${formatSeconds(counts_age_s)} ago` : waits;
}

interface ContentProps extends Props {
  stats: Stats;
  isOld: boolean;
  intervalMs: number | false;
}

function Content({ stats, onStatus, isOld, intervalMs }: ContentProps) {
  const { data: history } = useQuery(historyQuery);
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval: intervalMs });
  const { data: providers } = useQuery({ ...providersQuery, refetchInterval: intervalMs });
  const isEmpty = countAll(stats.by_status) === 0;
  return (
    <>
      <Banners stats={stats} queues={queues} providers={providers} isOld={isOld} />
      <CountCards counts={stats.by_status} history={history} />
      <CostsToday intervalMs={intervalMs} />
      <Panel
        title="State flow"
        hint={hintOf(stats)}
        aside={
          isEmpty && (
            <Allowed right="jobs:write">
              <LinkButton to="/new" size="compact-sm">
                Submit the first job
              </LinkButton>
            </Allowed>
          )
        }
      >
        <Suspense fallback={<LoadingFace what="the graph" />}>
          <StateFlow counts={stats.by_status} onStatus={onStatus} />
        </Suspense>
      </Panel>
      <LastHour intervalMs={intervalMs} />
      {Object.keys(stats.windows).length > 0 && <WindowsTable windows={stats.windows} />}
      <WorkersPanel workers={stats.workers} />
      {stats.gone_workers.length > 0 && <GoneWorkersPanel workers={stats.gone_workers} />}
    </>
  );
}
