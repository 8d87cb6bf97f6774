import { Box, Group, Progress, Text, Tooltip } from '@mantine/core';
import { formatDuration } from '@/lib/format';
import { type Segment, totalMs } from '@/lib/segments';
import { wordsFor } from './words';

const LEAST_PERCENT = 1.5;

function toneOf({ kind, end }: Segment): string {
  if (kind === 'wait') return 'gray.5';
  return end === null ? 'blue.6' : `${wordsFor(end).tone}.6`;
}

/** Waits and runs to scale, in one bar. */
export function TimeBar({ segments }: { segments: Segment[] }) {
  const waited = totalMs(segments, 'wait');
  const ran = totalMs(segments, 'run');
  const whole = Math.max(1, waited + ran);
  return (
    <Box>
      <Group justify="space-between" mb={6} gap="xs">
        <Text size="sm" component="div">
          Waited <b className="hr-nums">{formatDuration(waited)}</b>
        </Text>
        <Text size="sm" component="div">
          Ran <b className="hr-nums">{formatDuration(ran)}</b>
        </Text>
      </Group>
      <Progress.Root size={14} aria-hidden>
        {segments.map((segment) => (
          <Tooltip
            key={`${segment.kind}-${segment.fromMs}-${segment.attempt}`}
            label={`${segment.kind === 'wait' ? 'Waited' : `Attempt ${segment.attempt}:`} ${formatDuration(segment.ms)}`}
          >
            <Progress.Section
              value={Math.max(LEAST_PERCENT, (100 * segment.ms) / whole)}
              color={toneOf(segment)}
              striped={segment.kind === 'run' && segment.end === null}
              animated={segment.kind === 'run' && segment.end === null}
            />
          </Tooltip>
        ))}
      </Progress.Root>
    </Box>
  );
}
