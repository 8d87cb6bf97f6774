import { Badge, Tooltip } from '@mantine/core';
import { IconCpu } from '@tabler/icons-react';
import type { Session } from '@/api/types';

export function ProviderBadge({ session }: { session: Session }) {
  return (
    <Tooltip
      label={`Provider ${session.provider}, model ${session.model}, environment ${session.environment}`}
      openDelay={200}
    >
      <Badge
        variant="light"
        color="gray"
        radius="sm"
        size="lg"
        tt="none"
        fw={500}
        leftSection={<IconCpu size={14} aria-hidden />}
      >
        {session.provider}
        {session.model ? ` · ${session.model}` : ''}
      </Badge>
    </Tooltip>
  );
}
