import { Box, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { isApiError } from '@/api/client';
import { METRICS_DAYS, providerMetricsQuery } from '@/api/providers';
import type { Calls } from '@/api/types';
import { formatCount, formatSeconds } from '@/lib/format';
import { formatCost } from '@/lib/money';
import { countFailures, daysOf, listFailures } from './words';

const WeekBars = lazy(() => import('./WeekBars').then(({ WeekBars }) => ({ default: WeekBars })));
const LEAST_INTERVAL_MS = 15_000;

interface Props {
  name: string;
  intervalMs: number | false;
}

/** A provider's last seven days: calls by day, and what they came to. */
export function Week({ name, intervalMs }: Props) {
  const found = useQuery({
    ...providerMetricsQuery(name),
    refetchInterval: intervalMs === false ? false : Math.max(LEAST_INTERVAL_MS, intervalMs),
  });
  if (isApiError(found.error) && found.error.isForbidden) return null; // of all teams, for who may see them
  if (!found.data) {
    return (
      <Text size="sm" c="dimmed">
        {found.isError ? `The last days could not be read: ${found.error.message}` : 'Loading the last days …'}
      </Text>
    );
  }
  const { total } = found.data;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          Last {METRICS_DAYS} days
        </Text>
        <Text size="xs" c="dimmed" className="hr-nums">
          {formatCount(total.calls)} calls, {formatCount(countFailures(total))} failed
        </Text>
      </Group>
      <Box mih={64}>
        {total.calls === 0 ? (
          <Text size="sm" c="dimmed">
            No call was made.
          </Text>
        ) : (
          <Suspense fallback={null}>
            <WeekBars days={daysOf(found.data)} />
          </Suspense>
        )}
      </Box>
      <Figures total={total} />
      {countFailures(total) > 0 && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          Failures: {listFailures(total)}
        </Text>
      )}
    </Stack>
  );
}

function Figures({ total }: { total: Calls }) {
  const figures: [string, string][] = [
    ['Latency p50', formatSeconds(total.latency_p50_s)],
    ['Latency p95', formatSeconds(total.latency_p95_s)],
    ['Tokens in', formatCount(total.prompt_tokens)],
    ['of them cached', formatCount(total.cached_tokens)],
    ['Tokens out', formatCount(total.completion_tokens)],
    ['Cost', total.calls === 0 ? '–' : formatCost(total.cost_usd, total.successes - total.priced)],
  ];
  return (
    <SimpleGrid component="dl" cols={{ base: 2, xs: 3 }} spacing="md" verticalSpacing={4} m={0} className="hr-nums">
      {figures.map(([label, value]) => (
        <div key={label}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" size="sm" m={0}>
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}
