import { Grid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { isApiError } from '@/api/client';
import { throughputQuery } from '@/api/queries';
import type { Minute } from '@/api/types';
import { formatCount } from '@/lib/format';
import { LoadingFace } from '@/ui/Faces';
import { Panel } from '@/ui/Panel';
import { totalsOf } from './totals';

const ThroughputChart = lazy(() => import('./charts').then(({ ThroughputChart }) => ({ default: ThroughputChart })));
const LatencyChart = lazy(() => import('./charts').then(({ LatencyChart }) => ({ default: LatencyChart })));

/** Whole minutes change slowly. */
const LEAST_INTERVAL_MS = 10_000;

function hintOf(minutes: Minute[] | undefined): string {
  if (!minutes) return 'by minute';
  const { submitted, ended } = totalsOf(minutes);
  return `last hour, by minute: ${formatCount(submitted)} submitted, ${formatCount(ended)} ended`;
}

/** The last hour by minute, as charts. `intervalMs`: how often the page asks; false: not by itself. */
export function LastHour({ intervalMs }: { intervalMs: number | false }) {
  const throughput = useQuery({
    ...throughputQuery,
    refetchInterval: intervalMs === false ? false : Math.max(LEAST_INTERVAL_MS, intervalMs),
  });
  if (isApiError(throughput.error) && throughput.error.isForbidden) return null; // of all teams, for who may see them
  const minutes = throughput.data?.minutes;
  const draw = (chart: (minutes: Minute[]) => ReactNode) => {
    if (minutes) return <Suspense fallback={<LoadingFace what="the chart" />}>{chart(minutes)}</Suspense>;
    if (throughput.isPending) return <LoadingFace what="the last hour" />;
    return (
      <Text c="dimmed" size="sm">
        The last hour could not be read: {throughput.error?.message}
      </Text>
    );
  };
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel title="Throughput" hint={hintOf(minutes)} h="100%">
          {draw((known) => (
            <ThroughputChart minutes={known} />
          ))}
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel title="Latency" hint="p50 and p95 of waits and runs, by minute" h="100%">
          {draw((known) => (
            <LatencyChart minutes={known} />
          ))}
        </Panel>
      </Grid.Col>
    </Grid>
  );
}
