import { Stack, Text, Timeline } from '@mantine/core';
import { IconFlag, IconHourglassEmpty, IconHourglassHigh, IconPlayerPlay } from '@tabler/icons-react';
import type { JobDetail } from '@/api/types';
import { formatClock, formatDuration, formatExact, msBetween } from '@/lib/format';
import { describeProviderWait, foldProviderWaits, type ProviderWait } from '@/lib/providerWaits';
import { type Segment, segmentsOf } from '@/lib/segments';
import { RelativeTime } from '@/ui/RelativeTime';
import { useNow } from '@/ui/useNow';
import { AttemptRun } from './AttemptRun';
import { TimeBar } from './TimeBar';
import { wordsFor } from './words';

/** Every wait and every run, in order, with what each attempt did. */
export function AttemptTimeline({ job }: { job: JobDetail }) {
  const nowMs = useNow();
  const segments = segmentsOf(job.events, nowMs);
  const folded = foldProviderWaits(segments, job.attempts);
  const attemptAt = (segment: Segment) =>
    job.attempts.find((one) => one.attempt === segment.attempt && Date.parse(one.started_at) === segment.fromMs);
  return (
    <Stack>
      <TimeBar segments={segments} />
      <Timeline bulletSize={26} lineWidth={2} active={folded.length}>
        {folded.map((segment) => {
          if (segment.kind === 'providerWait') {
            return (
              <Timeline.Item
                key={`providerWait-${segment.fromMs}`}
                bullet={<IconHourglassHigh size={14} aria-hidden />}
                lineVariant="dashed"
                color="violet"
              >
                <ProviderWaitLine wait={segment} />
              </Timeline.Item>
            );
          }
          const key = `${segment.kind}-${segment.fromMs}-${segment.attempt}`;
          if (segment.kind === 'wait') {
            return (
              <Timeline.Item
                key={key}
                bullet={<IconHourglassEmpty size={14} aria-hidden />}
                lineVariant="dashed"
                color="gray"
              >
                <Text size="sm" c="dimmed" component="div" pt={3}>
                  {segment.end === null ? <WaitingNow job={job} /> : 'Waited'}{' '}
                  <span className="hr-nums">{formatDuration(segment.ms)}</span>
                  {segment.end !== null &&
                    segment.end !== 'started' &&
                    ` · ${wordsFor(segment.end).label.toLowerCase()}`}
                </Text>
              </Timeline.Item>
            );
          }
          return (
            <Timeline.Item
              key={key}
              color={segment.end === null ? 'blue' : wordsFor(segment.end).tone}
              bullet={<IconPlayerPlay size={14} aria-hidden />}
            >
              <AttemptRun segment={segment} attempt={attemptAt(segment)} />
            </Timeline.Item>
          );
        })}
        {job.finished_at && (
          <Timeline.Item color="gray" bullet={<IconFlag size={14} aria-hidden />}>
            <Text size="sm" component="div" pt={3}>
              Ended <RelativeTime at={job.finished_at} />, {formatDuration(msBetween(job.created_at, job.finished_at))}{' '}
              after its submission
            </Text>
          </Timeline.Item>
        )}
      </Timeline>
    </Stack>
  );
}

/** Attempts that only waited, in one line. */
function ProviderWaitLine({ wait }: { wait: ProviderWait }) {
  const [from, to] = [wait.fromMs, wait.toMs].map((ms) => new Date(ms).toISOString()) as [string, string];
  const words = describeProviderWait(wait);
  return (
    <Text size="sm" component="div" pt={3} title={`${formatExact(from)} – ${formatExact(to)}`}>
      {words.charAt(0).toUpperCase() + words.slice(1)},{' '}
      <span className="hr-nums">
        {formatClock(from)} to {formatClock(to)}
      </span>
      <Text size="xs" c="dimmed" span display="block">
        {formatDuration(wait.toMs - wait.fromMs)}, not counted as attempts
      </Text>
    </Text>
  );
}

function WaitingNow({ job }: { job: JobDetail }) {
  if (job.status !== 'scheduled') return <>Waiting for a worker,</>;
  return (
    <>
      Starts <RelativeTime at={job.run_at} ahead />; waiting
    </>
  );
}
