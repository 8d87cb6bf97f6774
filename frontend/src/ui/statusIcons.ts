import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconClockHour4,
  IconHourglassEmpty,
  IconPlayerPlay,
  type IconProps,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { ShownStatus } from '@/api/types';

export const STATUS_ICON = {
  scheduled: IconClockHour4,
  pending: IconHourglassEmpty,
  processing: IconPlayerPlay,
  completed: IconCheck,
  failed: IconAlertTriangle,
  cancelled: IconBan,
} satisfies Record<ShownStatus, ComponentType<IconProps>>;
