import { Badge, Box, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { actionsQuery, FOLLOW_MS, isUnderWay, useDeadLettersChanged, useStopAction } from '@/api/deadLetters';
import type { BulkAction } from '@/api/types';
import { formatCount, withLocalTimes } from '@/lib/format';
import { Allowed } from '@/ui/Allowed';
import { ErrorFace } from '@/ui/Faces';
import { Panel } from '@/ui/Panel';
import { RefusedNote } from '@/ui/RefusedNote';
import { RelativeTime } from '@/ui/RelativeTime';
import { useNow } from '@/ui/useNow';
import { describeAction, describeFilter, isRecent, percentOf } from './words';

const TONES = {
  pending: 'yellow',
  running: 'blue',
  completed: 'teal',
  failed: 'red',
  cancelled: 'gray',
} satisfies Record<BulkAction['status'], string>;

/** What is being done with many jobs, and what has just ended; nothing when there is none. */
export function ActionsPanel({ intervalMs }: { intervalMs: number | false }) {
  const found = useQuery({
    ...actionsQuery,
    // What somebody has just started is followed even while the page pauses.
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? FOLLOW_MS : intervalMs),
  });
  const changed = useDeadLettersChanged();
  const stop = useStopAction();
  const now = useNow();
  const items = found.data?.items.filter((action) => isRecent(action, now)) ?? [];
  const progress = items.filter(isUnderWay).length;
  const before = useRef(progress);
  useEffect(() => {
    if (progress < before.current) changed();
    before.current = progress;
  });
  if (found.isError) {
    return (
      <ErrorFace
        error={found.error}
        what="the actions"
        onRetry={() => void found.refetch()}
        isRetrying={found.isFetching}
      />
    );
  }
  if (items.length === 0) return null;
  return (
    <Panel title="Actions" hint={progress > 0 ? `${formatCount(progress)} under way` : 'just ended'}>
      {stop.isError && <RefusedNote error={stop.error} />}
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {items.map((action) => (
          <ActionLine
            key={action.id}
            action={action}
            isStopping={stop.isPending && stop.variables === action.id}
            onStop={() => stop.mutate(action.id)}
          />
        ))}
      </Stack>
    </Panel>
  );
}

interface LineProps {
  action: BulkAction;
  isStopping: boolean;
  onStop: () => void;
}

function ActionLine({ action, isStopping, onStop }: LineProps) {
  const told = describeAction(action);
  const isOpen = isUnderWay(action);
  return (
    <Box component="li">
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Group gap="xs">
          <Badge variant="light" color={TONES[action.status]} radius="sm" tt="none" fw={600} miw="max-content">
            {action.status}
          </Badge>
          <Text size="sm" className="hr-nums" component="div">
            {told}
          </Text>
          <Text size="sm" c="dimmed" component="div">
            {withLocalTimes(describeFilter(action.filter))} ·{' '}
            <RelativeTime at={action.finished_at ?? action.created_at} />
          </Text>
        </Group>
        {isOpen && (
          <Allowed right="jobs:write">
            <Button
              flex="none"
              size="compact-sm"
              variant="default"
              leftSection={<IconPlayerStop size={15} aria-hidden />}
              loading={isStopping}
              onClick={onStop}
            >
              Stop
            </Button>
          </Allowed>
        )}
      </Group>
      {isOpen && <Progress mt={6} value={percentOf(action)} aria-label={told} />}
    </Box>
  );
}
