import { Alert, Group, Stack, Text, Timeline } from '@mantine/core';
import { IconFlag, IconHourglassEmpty, IconHourglassHigh, IconPlayerPlay } from '@tabler/icons-react';
import type { Attempt, JobDetail } from '@/api/types';
import { formatClock, formatDuration, formatExact, msBetween } from '@/lib/format';
import { describeHeld, foldHeld, type Held } from '@/lib/held';
import { formatCost } from '@/lib/money';
import { type Segment, segmentsOf } from '@/lib/segments';
import { RelativeTime } from '@/ui/RelativeTime';
import { useNow } from '@/ui/useNow';
import { TimeBar } from './TimeBar';
import { describeFallback, wordsFor } from './words';

/** Every wait and every run, in order, with what each attempt did. */
export function AttemptTimeline({ job }: { job: JobDetail }) {
  const nowMs = useNow();
  const segments = segmentsOf(job.events, nowMs);
  const folded = foldHeld(segments);
  const attemptAt = (segment: Segment) =>
    job.attempts.find((one) => one.attempt === segment.attempt && Date.parse(one.started_at) === segment.fromMs);
  return (
    <Stack>
      <TimeBar segments={segments} />
      <Timeline bulletSize={26} lineWidth={2} active={folded.length}>
        {folded.map((segment) => {
          if (segment.kind === 'held') {
            return (
              <Timeline.Item
                key={`held-${segment.fromMs}`}
                bullet={<IconHourglassHigh size={14} aria-hidden />}
                lineVariant="dashed"
                color="violet"
              >
                <HeldLine held={segment} />
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

/** Attempts that only waited, in one line. */
function HeldLine({ held }: { held: Held }) {
  const [from, to] = [held.fromMs, held.toMs].map((ms) => new Date(ms).toISOString()) as [string, string];
  const words = describeHeld(held);
  return (
    <Text size="sm" component="div" pt={3} title={`${formatExact(from)} – ${formatExact(to)}`}>
      {words.charAt(0).toUpperCase() + words.slice(1)},{' '}
      <span className="hr-nums">
        {formatClock(from)} to {formatClock(to)}
      </span>
      <Text size="xs" c="dimmed" span display="block">
        {formatDuration(held.toMs - held.fromMs)}, not counted as attempts
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

function Run({ segment, attempt }: { segment: Segment; attempt: Attempt | undefined }) {
  const words = segment.end === null ? { ran: 'running', tone: 'blue' } : wordsFor(segment.end);
  const facts = [
    attempt?.worker,
    [attempt?.provider, attempt?.model].filter(Boolean).join(' / '),
    attempt?.prompt_tokens != null && `${attempt.prompt_tokens} + ${attempt.completion_tokens ?? 0} tokens`,
    attempt?.cost_usd != null && formatCost(attempt.cost_usd, attempt.unpriced ?? 0),
    attempt?.fallback && describeFallback(attempt.fallback),
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
