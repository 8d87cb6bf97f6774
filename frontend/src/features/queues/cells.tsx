import { Badge, Box, Group, Progress, Text, Tooltip } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import type { FlowScope } from '@/api/controls';
import type { Flow, ShownStatus } from '@/api/types';
import { formatCount, formatExact } from '@/lib/format';
import { AppLink } from '@/ui/AppLink';
import { RelativeTime } from '@/ui/RelativeTime';
import { loadOf } from './words';

interface Props {
  scope: FlowScope;
  one: Flow;
}

/** The name, a queue's as the way to its backlog, and whether it is paused. */
export function NameCell({ scope, one }: Props) {
  return (
    <Group gap="xs" wrap="nowrap">
      {scope === 'queue' ? (
        <AppLink to="/queues/$name" params={{ name: one.name }} fw={600} inherit style={{ overflowWrap: 'anywhere' }}>
          {one.name}
        </AppLink>
      ) : (
        <Text span inherit fw={600} style={{ overflowWrap: 'anywhere' }}>
          {one.name}
        </Text>
      )}
      {one.paused_at && <PausedBadge since={one.paused_at} />}
    </Group>
  );
}

export function PausedBadge({ since }: { since: string }) {
  return (
    <Tooltip label={`Since ${formatExact(since)}`} openDelay={200}>
      <Badge
        variant="light"
        color="orange"
        radius="sm"
        tt="none"
        fw={600}
        miw="max-content"
        leftSection={<IconPlayerPause size={13} aria-hidden />}
      >
        Paused <RelativeTime at={since} />
      </Badge>
    </Tooltip>
  );
}

/** How many jobs are in a state, as the way to them. */
export function CountCell({ scope, one, status, count }: Props & { status: ShownStatus; count: number }) {
  if (count === 0) return '0';
  const search = scope === 'queue' ? { status, queue: one.name } : { status, type: one.name };
  return (
    <AppLink to="/jobs" search={search} inherit aria-label={`${formatCount(count)} ${status} jobs of ${one.name}`}>
      {formatCount(count)}
    </AppLink>
  );
}

/** What runs, of what may. */
export function LoadCell({ one }: { one: Flow }) {
  const { text, ratio } = loadOf(one);
  const isLimited = one.max_running !== null;
  return (
    <Box maw={140}>
      <Text span inherit className="hr-nums">
        {text}
        {isLimited && (
          <Text span inherit c="dimmed">
            {' '}
            (limit)
          </Text>
        )}
      </Text>
      {ratio !== null && (
        <Progress
          size="sm"
          mt={3}
          value={100 * ratio}
          color={ratio >= 1 && isLimited ? 'orange' : 'indigo'}
          aria-label={`${text} running`}
        />
      )}
    </Box>
  );
}
