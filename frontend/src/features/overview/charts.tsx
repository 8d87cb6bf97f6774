import '@mantine/charts/styles.layer.css';
import { AreaChart, BarChart, Sparkline } from '@mantine/charts';
import { Center, Group, Text, VisuallyHidden } from '@mantine/core';
import type { Sample } from '@/api/history';
import type { StatsWindow } from '@/api/types';
import { formatClock, formatSeconds } from '@/lib/format';

const HEIGHT = 210;
const LEAST_POINTS = 2;

const ENDS = [
  { name: 'completed', label: 'Completed', color: 'teal.6' },
  { name: 'failed', label: 'Failed', color: 'red.6' },
  { name: 'cancelled', label: 'Cancelled', color: 'gray.6' },
];

const LATENCIES = [
  { name: 'waitP50', label: 'Wait p50', color: 'violet.3' },
  { name: 'waitP95', label: 'Wait p95', color: 'violet.6' },
  { name: 'runP50', label: 'Run p50', color: 'blue.3' },
  { name: 'runP95', label: 'Run p95', color: 'blue.6' },
];

function Legend({ series }: { series: typeof ENDS }) {
  return (
    <Group gap="md" aria-hidden>
      {series.map(({ name, label, color }) => (
        <Group key={name} gap={6}>
          <span className="hr-swatch" style={{ background: `var(--mantine-color-${color.replace('.', '-')})` }} />
          <Text size="xs">{label}</Text>
        </Group>
      ))}
    </Group>
  );
}

/** What this page has seen since it was opened. */
export function ThroughputChart({ history }: { history: Sample[] }) {
  const last = history.at(-1);
  if (history.length < LEAST_POINTS || !last) {
    return (
      <Center h={HEIGHT}>
        <Text c="dimmed" size="sm">
          The chart begins with the second look, in a few seconds.
        </Text>
      </Center>
    );
  }
  const points = history.map(({ atMs, completed, failed, cancelled }) => ({
    at: formatClock(atMs),
    completed,
    failed,
    cancelled,
  }));
  return (
    <>
      <VisuallyHidden>
        In the last minute {last.completed} completed, {last.failed} failed, {last.cancelled} cancelled.
      </VisuallyHidden>
      <div inert>
        <AreaChart
          h={HEIGHT}
          data={points}
          dataKey="at"
          type="stacked"
          series={ENDS}
          curveType="monotone"
          withDots={false}
          fillOpacity={0.35}
          strokeWidth={1.5}
          yAxisProps={{ allowDecimals: false, width: 44 }}
          xAxisProps={{ minTickGap: 48 }}
          areaProps={{ isAnimationActive: false }}
        />
      </div>
      <Legend series={ENDS} />
    </>
  );
}

/** Waits and runs within each window. */
export function LatencyChart({ windows }: { windows: Record<string, StatsWindow> }) {
  const bars = Object.entries(windows).map(([name, { wait, run }]) => ({
    window: `last ${name}`,
    waitP50: wait.p50_s,
    waitP95: wait.p95_s,
    runP50: run.p50_s,
    runP95: run.p95_s,
  }));
  const isEmpty = bars.every(({ waitP95, runP95 }) => waitP95 === null && runP95 === null);
  if (isEmpty) {
    return (
      <Center h={HEIGHT}>
        <Text c="dimmed" size="sm">
          Nothing ended within the last hour.
        </Text>
      </Center>
    );
  }
  return (
    <>
      <div inert>
        <BarChart
          h={HEIGHT}
          data={bars}
          dataKey="window"
          series={LATENCIES}
          maxBarWidth={26}
          valueFormatter={(value) => formatSeconds(value)}
          yAxisProps={{ width: 64 }}
          barProps={{ isAnimationActive: false, radius: 3 }}
        />
      </div>
      <Legend series={LATENCIES} />
    </>
  );
}

/** A count over time, as small as a word. */
export function TrendLine({ points, tone }: { points: number[]; tone: string }) {
  return <Sparkline w={64} h={26} data={points} color={`${tone}.6`} fillOpacity={0.25} strokeWidth={1.5} />;
}
