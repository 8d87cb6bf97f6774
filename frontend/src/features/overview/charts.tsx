import '@mantine/charts/styles.layer.css';
import { BarChart, LineChart, Sparkline } from '@mantine/charts';
import { Center, Group, Text, VisuallyHidden } from '@mantine/core';
import type { Minute } from '@/api/types';
import { formatMinute, formatSeconds } from '@/lib/format';
import { totalsOf } from './totals';

const HEIGHT = 210;
const SPARSE_MINUTES = 20;
const NO_BREAK = '\u00a0';

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

/** What ended in each minute. */
export function ThroughputChart({ minutes }: { minutes: Minute[] }) {
  const totals = totalsOf(minutes);
  if (totals.ended === 0) return <NothingEnded />;
  return (
    <>
      <VisuallyHidden>
        In the last hour {totals.submitted} submitted, {totals.completed} completed, {totals.failed} failed,{' '}
        {totals.cancelled} cancelled.
      </VisuallyHidden>
      <div inert>
        <BarChart
          h={HEIGHT}
          data={minutes.map(({ at, completed, failed, cancelled }) => ({
            at: formatMinute(at),
            completed,
            failed,
            cancelled,
          }))}
          dataKey="at"
          type="stacked"
          series={ENDS}
          yAxisProps={{ allowDecimals: false, width: 44 }}
          xAxisProps={{ minTickGap: 40 }}
          barProps={{ isAnimationActive: false }}
        />
      </div>
      <Legend series={ENDS} />
    </>
  );
}

/** Waits and runs of the jobs that ended in each minute. */
export function LatencyChart({ minutes }: { minutes: Minute[] }) {
  const points = minutes.map(({ at, wait, run }) => ({
    at: formatMinute(at),
    waitP50: wait.p50_s,
    waitP95: wait.p95_s,
    runP50: run.p50_s,
    runP95: run.p95_s,
  }));
  const known = points.filter(({ runP95 }) => runP95 !== null).length;
  if (known === 0) return <NothingEnded />;
  return (
    <>
      <div inert>
        <LineChart
          h={HEIGHT}
          data={points}
          dataKey="at"
          series={LATENCIES}
          curveType="monotone"
          strokeWidth={1.5}
          // Minutes far apart would be lines between nothing: then each has a dot.
          withDots={known <= SPARSE_MINUTES}
          dotProps={{ r: 3 }}
          connectNulls
          valueFormatter={(value) => formatSeconds(value).replaceAll(' ', NO_BREAK)}
          yAxisProps={{ width: 84 }}
          xAxisProps={{ minTickGap: 40 }}
          lineProps={{ isAnimationActive: false }}
        />
      </div>
      <Legend series={LATENCIES} />
    </>
  );
}

function NothingEnded() {
  return (
    <Center h={HEIGHT}>
      <Text c="dimmed" size="sm">
        Nothing ended within the last hour.
      </Text>
    </Center>
  );
}

/** A count over time, as small as a word. */
export function TrendLine({ points, tone }: { points: number[]; tone: string }) {
  return <Sparkline w={64} h={26} data={points} color={`${tone}.6`} fillOpacity={0.25} strokeWidth={1.5} />;
}
