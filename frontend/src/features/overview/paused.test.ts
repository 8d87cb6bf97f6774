import { expect, it } from 'vitest';
import { pausedIn } from './paused';

const FLOW = { max_running: null, running: 0, waiting: 0, scheduled: 0 };
const AT = '2026-11-21T20:00:00Z';
const queue = (name: string, paused_at: string | null) => ({
  ...FLOW,
  name,
  paused_at,
  in_broker: 0,
  slots: 1,
  oldest_waiting_s: null,
});

it('is silent when nothing is paused', () =>
  expect(pausedIn({ queues: [queue('default', null)], types: [] })).toBeNull());

it('names what is paused', () =>
  expect(
    pausedIn({
      queues: [queue('default', AT), queue('slow', null)],
      types: [
        { ...FLOW, name: 'echo', paused_at: AT },
        { ...FLOW, name: 'classify', paused_at: AT },
      ],
    }),
  ).toEqual({ title: 'Paused: 1 queue and 2 job types', names: 'default, echo, classify' }));
