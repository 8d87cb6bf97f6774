import { Box, Group, SimpleGrid, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { Sample } from '@/api/history';
import { STATUS, STATUSES } from '@/api/status';
import type { Stats } from '@/api/types';
import { formatCount } from '@/lib/format';
import { AppCard } from '@/ui/AppCard';
import { STATUS_ICON } from '@/ui/statusIcons';

const TrendLine = lazy(() => import('./charts').then(({ TrendLine }) => ({ default: TrendLine })));

interface Props {
  counts: Stats['by_status'];
  history: Sample[];
}

const LEAST_POINTS = 3;
const SHOWN_POINTS = 60;

const LARGE = 99_999;

/** Six digits and more give way to the trend beside them. */
function fontOf(count: number): number {
  return count > LARGE ? 20 : 26;
}

/** How many jobs are in each state, and how that went since the page was opened. */
export function CountCards({ counts, history }: Props) {
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} spacing="sm">
      {STATUSES.map((status) => {
        const { label, tone } = STATUS[status];
        const Icon = STATUS_ICON[status];
        const points = history.slice(-SHOWN_POINTS).map((sample) => sample.counts[status]);
        return (
          <AppCard key={status} to="/jobs" search={{ status }}>
            <Group gap={6} wrap="nowrap" c="dimmed">
              <Icon size={15} aria-hidden />
              <Text size="sm" fw={500} truncate>
                {label}
              </Text>
            </Group>
            <Group justify="space-between" align="flex-end" wrap="nowrap" mt={4}>
              <Text fz={fontOf(counts[status] ?? 0)} fw={650} lh={1.15} className="hr-nums">
                {formatCount(counts[status] ?? 0)}
              </Text>
              <Box inert h={26} flex="0 1 64px" miw={0} style={{ overflow: 'hidden' }}>
                {points.length >= LEAST_POINTS && (
                  <Suspense fallback={null}>
                    <TrendLine points={points} tone={tone} />
                  </Suspense>
                )}
              </Box>
            </Group>
          </AppCard>
        );
      })}
    </SimpleGrid>
  );
}
