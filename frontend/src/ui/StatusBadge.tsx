import { Badge, type MantineSize } from '@mantine/core';
import { STATUS } from '@/api/status';
import type { ShownStatus } from '@/api/types';
import { STATUS_ICON } from './statusIcons';

interface Props {
  status: ShownStatus;
  /** Somebody asked for its end, and it still runs. */
  isCancelling?: boolean;
  size?: MantineSize;
}

export function StatusBadge({ status, isCancelling = false, size = 'md' }: Props) {
  const Icon = STATUS_ICON[status];
  const shown = STATUS[status];
  return (
    <Badge
      variant="light"
      color={isCancelling ? 'orange' : shown.tone}
      size={size}
      radius="sm"
      tt="none"
      fw={600}
      miw="max-content"
      leftSection={<Icon size={13} aria-hidden />}
    >
      {isCancelling ? 'Cancelling' : shown.label}
    </Badge>
  );
}
