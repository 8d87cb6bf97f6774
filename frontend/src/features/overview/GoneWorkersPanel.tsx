import { Badge, Group, Stack, Text } from '@mantine/core';
import type { GoneWorker } from '@/api/types';
import { plural } from '@/lib/format';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';

/** What became of the jobs that lost it; for one that stopped in good order there are none. */
export function describeLost({ requeued, failed, cancelled, running }: GoneWorker): string {
  const parts = [
    requeued > 0 && `${plural(requeued, 'job')} went to other workers`,
    failed > 0 && `${failed} failed`,
    cancelled > 0 && `${cancelled} cancelled`,
    running > 0 && `${plural(running, 'job')} still to be taken back`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'no job was lost with it';
}

export function GoneWorkersPanel({ workers }: { workers: GoneWorker[] }) {
  return (
    <Panel title="Gone workers" hint="of the last hour">
      <Stack gap="xs">
        {workers.map((one) => (
          <Group key={one.id} justify="space-between" wrap="nowrap" align="flex-start">
            <div>
              <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
                {one.id.replace(/^worker-/, '')}
              </Text>
              <Text size="xs" c="dimmed" component="div">
                {one.state === 'lost' ? 'last heard' : 'stopped'} <RelativeTime at={one.gone_at} />; {describeLost(one)}
              </Text>
            </div>
            <Badge
              variant="light"
              color={one.state === 'lost' ? 'red' : 'gray'}
              radius="sm"
              tt="none"
              fw={600}
              miw="max-content"
            >
              {one.state}
            </Badge>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
