import '@mantine/charts/styles.layer.css';
import { BarChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import type { daysOf } from './words';

const HEIGHT = 64;
const SERIES = [
  { name: 'answered', label: 'Answered', color: 'teal.6' },
  { name: 'failed', label: 'Failed', color: 'red.6' },
];

/** Calls of each day, answered and failed, as small as a line of text is high. */
export function WeekBars({ days }: { days: ReturnType<typeof daysOf> }) {
  return (
    <>
      <VisuallyHidden>
        {days.map(({ day, answered, failed }) => `${day}: ${answered} answered, ${failed} failed`).join('; ')}
      </VisuallyHidden>
      <div inert>
        <BarChart
          h={HEIGHT}
          data={days.map(({ day, ...counts }) => ({ ...counts, day: weekday(day) }))}
          dataKey="day"
          type="stacked"
          series={SERIES}
          withYAxis={false}
          gridAxis="none"
          barProps={{ isAnimationActive: false }}
        />
      </div>
    </>
  );
}

/** Days are counted in UTC. */
function weekday(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' });
}
