import {
  IconBroadcastOff,
  IconCalendarOff,
  IconClockHour4,
  IconCpu,
  IconGauge,
  IconHourglassHigh,
  IconInfoCircle,
  IconListNumbers,
  IconPlayerPause,
  IconPlugConnectedX,
  type IconProps,
  IconSend,
  IconServer,
  IconServerOff,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';

interface Look {
  icon: ComponentType<IconProps>;
  tone: string;
  /** Where somebody can do something about it, or see more of it. */
  way?: 'queues' | 'backlog' | 'providers';
}

const PAUSED: Look = { icon: IconPlayerPause, tone: 'orange', way: 'queues' };
const LIMITED: Look = { icon: IconGauge, tone: 'orange', way: 'queues' };
const PROVIDER: Look = { icon: IconCpu, tone: 'orange', way: 'providers' };
const UNKNOWN: Look = { icon: IconInfoCircle, tone: 'gray' };

/** What keeps a job from starting, by code: red is broken, orange was chosen, the rest is the usual way. */
const LOOKS: Record<string, Look> = {
  not_due: { icon: IconClockHour4, tone: 'violet' },
  queue_paused: PAUSED,
  type_paused: PAUSED,
  queue_limit: LIMITED,
  type_limit: LIMITED,
  provider_closed: PROVIDER,
  provider_down: { icon: IconPlugConnectedX, tone: 'red', way: 'providers' },
  provider_probed: PROVIDER,
  provider_wait: { icon: IconClockHour4, tone: 'violet', way: 'providers' },
  model_busy: { icon: IconHourglassHigh, tone: 'violet', way: 'providers' },
  quota_used_up: { icon: IconGauge, tone: 'violet', way: 'providers' },
  released: { icon: IconClockHour4, tone: 'violet', way: 'providers' },
  no_live_worker: { icon: IconServerOff, tone: 'red' },
  broker_away: { icon: IconBroadcastOff, tone: 'red' },
  no_live_scheduler: { icon: IconCalendarOff, tone: 'red' },
  in_backlog: { icon: IconListNumbers, tone: 'gray', way: 'backlog' },
  slots_busy: { icon: IconServer, tone: 'gray' },
  in_broker: { icon: IconSend, tone: 'gray' },
  to_be_sent: { icon: IconSend, tone: 'gray' },
};

export function lookOf(code: string): Look {
  return LOOKS[code] ?? UNKNOWN;
}

const SOON_MS = 1000;

/** Whether an estimated start is so near, or past, that only "any moment" is true. */
export function isSoon(startsAt: string, nowMs: number): boolean {
  return Date.parse(startsAt) - nowMs < SOON_MS;
}
