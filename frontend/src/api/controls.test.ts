import { expect, it, vi } from 'vitest';
import { changeControl, withControl } from './controls';
import type { Queues } from './types';

const FLOW = { paused_at: null, max_running: null, running: 2, waiting: 7, scheduled: 0 };
const KNOWN: Queues = {
  queues: [{ ...FLOW, name: 'echo', in_broker: 4, slots: 8, oldest_waiting_s: 3 }],
  types: [{ ...FLOW, name: 'echo' }],
};

it('shows what was set for the queue, and not for the type of the same name', () => {
  const control = { name: 'echo', paused_at: '2026-11-21T20:00:00Z', max_running: 3, running: 1 };
  const shown = withControl(KNOWN, 'queue', control);
  expect(shown.queues[0]).toEqual({ ...KNOWN.queues[0], ...control });
  expect(shown.types).toEqual(KNOWN.types);
});

it.each([
  ['queue', { kind: 'pause' }, 'POST /api/v1/queues/a.b/pause'],
  ['type', { kind: 'resume' }, 'POST /api/v1/job-types/a.b/resume'],
  ['queue', { kind: 'limit', maxRunning: 5 }, 'PUT /api/v1/queues/a.b/limit {"max_running":5}'],
  ['type', { kind: 'limit', maxRunning: null }, 'PUT /api/v1/job-types/a.b/limit {"max_running":null}'],
] as const)('for a %s, %j asks %s', async (scope, change, wanted) => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const body = await request.text();
    asked.push(`${request.method} ${new URL(request.url).pathname}${body && ` ${body}`}`);
    return new Response('{}', { status: 200 });
  });
  await changeControl(scope, 'a.b', change);
  expect(asked).toEqual([wanted]);
});
