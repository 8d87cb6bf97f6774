import { expect, it } from 'vitest';
import type { BulkAction } from '@/api/types';
import { asSelection, describeAction, describeFilter, isNarrowed, isRecent, percentOf } from './words';

const ACTION: BulkAction = {
  id: '019ab000-0000-7000-8000-000000000001',
  action: 'retry',
  filter: {},
  status: 'running',
  total: 1200,
  done: 300,
  skipped: 0,
  created_at: '2026-11-21T20:00:00Z',
  started_at: null,
  finished_at: null,
  error: null,
};

it.each([
  [{ status: 'pending' }, 'Retry of 1,200 jobs begins soon'],
  [{}, 'Retrying: 300 of 1,200 jobs'],
  [{ status: 'completed', action: 'discard', done: 1, total: 1 }, 'Discarded 1 of 1 job'],
  [{ status: 'completed', skipped: 2 }, 'Retried 300 of 1,200 jobs; 2 skipped, since they had changed'],
  [{ status: 'cancelled', action: 'prune' }, 'Clean-up stopped after 300 of 1,200 jobs'],
  [{ status: 'failed', error: 'A batch failed.' }, 'Retry failed after 300 of 1,200 jobs: A batch failed.'],
] satisfies [Partial<BulkAction>, string][])('tells %j', (change, told) =>
  expect(describeAction({ ...ACTION, ...change })).toBe(told),
);

it('counts skipped jobs as behind it', () => {
  expect(percentOf({ total: 10, done: 4, skipped: 1 })).toBe(50);
  expect(percentOf({ total: 0, done: 0, skipped: 0 })).toBe(100);
  expect(percentOf({ total: 1, done: 2, skipped: 0 })).toBe(100);
});

it('shows what has just ended, and nothing of long ago', () => {
  const nowMs = Date.parse('2026-11-21T20:00:00Z');
  expect(isRecent({ finished_at: null }, nowMs)).toBe(true);
  expect(isRecent({ finished_at: '2026-11-21T19:51:00Z' }, nowMs)).toBe(true);
  expect(isRecent({ finished_at: '2026-11-21T19:50:00Z' }, nowMs)).toBe(false);
});

it('puts a filter into words', () => {
  expect(describeFilter({})).toBe('all');
  expect(describeFilter({ type: 'classify', error_code: 'timeout' })).toBe('type classify, error timeout');
  expect(describeFilter({ ids: ['a', 'b'] })).toBe('2 chosen jobs');
});

it('turns what the address says into what the API takes', () => {
  expect(asSelection({ error: 'timeout', from: '2026-11-21T20:00:00Z' })).toMatchObject({
    error_code: 'timeout',
    finished_from: '2026-11-21T20:00:00Z',
  });
  expect([isNarrowed({}), isNarrowed({ type: undefined }), isNarrowed({ error: 'x' })]).toEqual([false, false, true]);
});
