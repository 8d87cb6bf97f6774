import { ActionIcon, Group, Select, Text, Tooltip } from '@mantine/core';
import { IconBroadcast, IconPlayerPause, IconRefresh } from '@tabler/icons-react';
import { describePolling, type Polling } from '@/lib/polling';
import { PACES, type Pace } from './usePace';

interface Props {
  polling: Polling;
  onRefresh: () => void;
  isFetching: boolean;
  pace?: Pace;
  onPace?: (pace: Pace) => void;
}

/** How the page keeps up to date, in words, with a refresh button. */
export function PollingNote({ polling, onRefresh, isFetching, pace, onPace }: Props) {
  const Icon = polling.state === 'live' ? IconBroadcast : IconPlayerPause;
  return (
    <Group gap="xs" wrap="nowrap">
      <Group gap={6} wrap="nowrap" c="dimmed">
        <Icon size={16} aria-hidden />
        <Text size="sm" component="span" data-testid="polling">
          {describePolling(polling)}
        </Text>
      </Group>
      {pace && onPace && (
        <Select
          size="xs"
          w={86}
          aria-label="Refresh every"
          data={PACES}
          value={pace}
          allowDeselect={false}
          onChange={(value) => value && onPace(value)}
        />
      )}
      <Tooltip label="Refresh (r)" openDelay={200}>
        <ActionIcon variant="default" size={30} aria-label="Refresh" onClick={onRefresh} loading={isFetching}>
          <IconRefresh size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
