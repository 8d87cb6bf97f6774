import { Badge, Box, Group, Paper, Progress, Stack, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconServerOff } from '@tabler/icons-react';
import type { Worker } from '@/api/types';
import { plural } from '@/lib/format';
import { EmptyFace } from '@/ui/Faces';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';

const STATE_TONES: Record<string, string> = {
  running: 'teal',
  starting: 'blue',
  draining: 'orange',
  stopping: 'orange',
};
const FULL_RATIO = 0.9;

export function WorkersPanel({ workers }: { workers: Worker[] }) {
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const slots = workers.reduce((sum, one) => sum + one.slots, 0);
  const busy = workers.reduce((sum, one) => sum + one.busy, 0);
  return (
    <Panel title="Workers" hint={workers.length > 0 ? `${busy} of ${plural(slots, 'slot')} busy` : null}>
      {workers.length === 0 ? (
        <EmptyFace icon={IconServerOff} title="No worker is alive">
          Each live worker process has a line here. Start one and it appears within seconds.
        </EmptyFace>
      ) : isNarrow ? (
        <Stack gap="xs">
          {workers.map((one) => (
            <Paper key={one.id} withBorder p="sm">
              <Group justify="space-between" wrap="nowrap">
                <WorkerName worker={one} />
                <StateBadge state={one.state} />
              </Group>
              <Box mt="xs">
                <Load worker={one} />
              </Box>
              <Text size="sm" c="dimmed" mt={6} component="div">
                {one.queues.join(', ')} · beat <RelativeTime at={one.beat_at} />
              </Text>
            </Paper>
          ))}
        </Stack>
      ) : (
        <Table verticalSpacing={8} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Worker</Table.Th>
              <Table.Th>Load</Table.Th>
              <Table.Th>Queues</Table.Th>
              <Table.Th>Heartbeat</Table.Th>
              <Table.Th>State</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {workers.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <WorkerName worker={one} />
                </Table.Td>
                <Table.Td w="30%" miw={150}>
                  <Load worker={one} />
                </Table.Td>
                <Table.Td>{one.queues.join(', ')}</Table.Td>
                <Table.Td>
                  <RelativeTime at={one.beat_at} />
                </Table.Td>
                <Table.Td>
                  <StateBadge state={one.state} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function WorkerName({ worker }: { worker: Worker }) {
  return (
    <div>
      <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
        {worker.id.replace(/^worker-/, '')}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        pid {worker.pid}, version {worker.version}, since <RelativeTime at={worker.started_at} />
      </Text>
    </div>
  );
}

function Load({ worker: { busy, slots } }: { worker: Worker }) {
  const ratio = slots > 0 ? Math.min(1, busy / slots) : 0;
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress
        value={100 * ratio}
        color={ratio >= FULL_RATIO ? 'orange' : 'indigo'}
        flex={1}
        aria-label={`${busy} of ${slots} slots busy`}
      />
      <Text size="sm" className="hr-nums" component="span">
        {busy} / {slots}
      </Text>
    </Group>
  );
}

function StateBadge({ state }: { state: string }) {
  return (
    <Badge variant="light" color={STATE_TONES[state] ?? 'gray'} radius="sm" tt="none" fw={600} miw="max-content">
      {state}
    </Badge>
  );
}
