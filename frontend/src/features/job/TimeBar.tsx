import { Box, Group, Progress, Text, Tooltip } from '@mantine/core';
import { formatDuration } from '@/lib/format';
import { type Segment, totalMs } from '@/lib/segments';
import { wordsFor } from './words';

const LEAST_PERCENT = 1.5;

interface Piece {
  key: string;
  label: string;
  ms: number;
  tone: string;
  isOpen: boolean;
}

/** What a segment looks like in the bar: a run that waited for a place at its model is two pieces. */
function piecesOf({ kind, attempt, fromMs, ms, placeMs, end }: Segment): Piece[] {
  const key = `${kind}-${fromMs}-${attempt}`;
  if (kind === 'wait') return [{ key, label: 'Waited', ms, tone: 'gray.5', isOpen: false }];
  const ran = { key, label: `Attempt ${attempt}:`, ms: ms - placeMs, isOpen: end === null };
  const pieces = [{ ...ran, tone: end === null ? 'blue.6' : `${wordsFor(end).tone}.6` }];
  if (placeMs === 0) return pieces;
  return [{ key: `place-${key}`, label: 'Waited for a place', ms: placeMs, tone: 'gray.5', isOpen: false }, ...pieces];
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
        {segments.flatMap(piecesOf).map(({ key, label, ms, tone, isOpen }) => (
          <Tooltip key={key} label={`${label} ${formatDuration(ms)}`}>
            <Progress.Section
              value={Math.max(LEAST_PERCENT, (100 * ms) / whole)}
              color={tone}
              striped={isOpen}
              animated={isOpen}
            />
          </Tooltip>
        ))}
      </Progress.Root>
    </Box>
  );
}
