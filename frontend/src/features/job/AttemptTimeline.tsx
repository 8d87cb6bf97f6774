import { Alert, Group, Stack, Text, Timeline } from '@mantine/core';
import { IconFlag, IconHourglassEmpty, IconPlayerPlay } from '@tabler/icons-react';
import type { Attempt, JobDetail } from '@/api/types';
import { formatDuration, msBetween } from '@/lib/format';
import { type Segment, segmentsOf } from '@/lib/segments';
import { RelativeTime } from '@/ui/RelativeTime';
import { useNow } from '@/ui/useNow';
import { TimeBar } from './TimeBar';
import { wordsFor } from './words';

/** Every wait and every run, in order, with what each attempt did. */
export function AttemptTimeline({ job }: { job: JobDetail }) {
  const nowMs = useNow();
  const segments = segmentsOf(job.events, nowMs);
  const attemptAt = (segment: Segment) =>
    job.attempts.find((one) => one.attempt === segment.attempt && Date.parse(one.started_at) === segment.fromMs);
  return (
    <Stack>
      <TimeBar segments={segments} />
      <Timeline bulletSize={26} lineWidth={2} active={segments.length}>
        {segments.map((segment) => {
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
              <Run segment={segment} attempt={attemptAt(segment)} />
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

function WaitingNow({ job }: { job: JobDetail }) {
  if (job.status !== 'scheduled') return <>Waiting for a worker,</>;
  return (
    <>
      Starts <RelativeTime at={job.run_at} ahead />; waiting
    </>
  );
}

function Run({ segment, attempt }: { segment: Segment; attempt: Attempt | undefined }) {
  const words = segment.end === null ? { ran: 'running', tone: 'blue' } : wordsFor(segment.end);
  const facts = [
    attempt?.worker,
    [attempt?.provider, attempt?.model].filter(Boolean).join(' / '),
    attempt?.prompt_tokens != null && `${attempt.prompt_tokens} + ${attempt.completion_tokens ?? 0} tokens`,
  ].filter(Boolean);
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text fw={600} size="sm">
          Attempt {segment.attempt}
        </Text>
        <Text size="sm" component="div">
          {words.ran} {segment.end === null ? 'for' : 'after'}{' '}
          <span className="hr-nums">{formatDuration(segment.ms)}</span>
        </Text>
        <Text size="sm" c="dimmed" component="div">
          <RelativeTime at={new Date(segment.fromMs).toISOString()} />
        </Text>
      </Group>
      {facts.length > 0 && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {facts.join(' · ')}
        </Text>
      )}
      {attempt?.error && (
        <Alert color={words.tone} variant="light" p="xs">
          <Text size="sm" component="div">
            <span className="hr-mono">{attempt.error.code}</span> · {attempt.error.message}
          </Text>
        </Alert>
      )}
    </Stack>
  );
}
