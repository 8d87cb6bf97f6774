import { Alert, Group, Stack, Text } from '@mantine/core';
import type { Attempt } from '@/api/types';
import { formatDuration } from '@/lib/format';
import { formatCost } from '@/lib/money';
import type { Segment } from '@/lib/segments';
import { RelativeTime } from '@/ui/RelativeTime';
import { Thoughts } from './Thoughts';
import { describeFallback, describeTokens, wordsFor } from './words';

interface Props {
  segment: Segment;
  attempt: Attempt | undefined;
}

/** One attempt that ran: how long, where, what it used, what went wrong, and what the model thought. */
export function AttemptRun({ segment, attempt }: Props) {
  const words = segment.end === null ? { ran: 'running', tone: 'blue' } : wordsFor(segment.end);
  const facts = attempt ? factsOf(attempt) : [];
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
      {segment.placeMs > 0 && (
        <Text size="sm" className="hr-nums">
          waited {formatDuration(segment.placeMs)} for a place, ran {formatDuration(segment.ms - segment.placeMs)}
        </Text>
      )}
      {facts.length > 0 && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {facts.join(' · ')}
        </Text>
      )}
      {attempt?.error && (
        <Alert color={words.tone} variant="light" p="xs">
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            <span className="hr-mono">{attempt.error.code}</span> · {attempt.error.message}
          </Text>
        </Alert>
      )}
      {attempt?.reasoning && <Thoughts text={attempt.reasoning} attempt={segment.attempt} />}
    </Stack>
  );
}

function factsOf(attempt: Attempt): string[] {
  return [
    attempt.worker,
    [attempt.provider, attempt.model].filter(Boolean).join(' / '),
    describeTokens(attempt),
    attempt.cost_usd != null && formatCost(attempt.cost_usd, attempt.unpriced ?? 0),
    attempt.fallback && describeFallback(attempt.fallback),
  ].filter((fact): fact is string => Boolean(fact));
}
