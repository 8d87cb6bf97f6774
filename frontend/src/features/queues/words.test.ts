import { describe, expect, it } from 'vitest';
import type { Flow, Queue } from '@/api/types';
import { faultOf, loadOf } from './words';

const TYPE: Flow = { name: 'echo', paused_at: null, max_running: null, running: 3, waiting: 0, scheduled: 0 };
const QUEUE: Queue = { ...TYPE, in_broker: 0, slots: 12, oldest_waiting_s: null };

describe('loadOf', () => {
  it('compares with the limit before the slots', () => {
    expect(loadOf(QUEUE)).toEqual({ text: '3 of 12', ratio: 0.25 });
    expect(loadOf({ ...QUEUE, max_running: 2 })).toEqual({ text: '3 of 2', ratio: 1 });
  });

  it('knows no bound of a type without a limit, and survives a queue without workers', () => {
    expect(loadOf(TYPE)).toEqual({ text: '3', ratio: null });
    expect(loadOf({ ...QUEUE, slots: 0 }).ratio).toBe(0);
  });
});

it('takes whole numbers alone as a limit', () => {
  expect([1, 100_000].map(faultOf)).toEqual([null, null]);
  for (const bad of ['', '7', 0, -1, 1.5, 100_001]) expect(faultOf(bad)).not.toBeNull();
});
