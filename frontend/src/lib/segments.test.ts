import { expect, it } from 'vitest';
import { segmentsOf, totalMs } from './segments';

const line = (s: number, name: string, status: string, attempt: number) => ({
  name,
  status,
  attempt,
  at: new Date(s * 1000).toISOString(),
});

it('tells waiting for a place at a model from running', () => {
  const [start, end] = [line(1, 'started', 'processing', 1), line(7, 'completed', 'completed', 1)];
  const found = segmentsOf([line(0, 'submitted', 'pending', 0), start, { ...end, detail: { waited_ms: 4200 } }], 0);
  expect(found.at(-1)).toMatchObject({ kind: 'run', ms: 6000, placeMs: 4200 });
  expect([totalMs(found, 'wait'), totalMs(found, 'run')]).toEqual([5200, 1800]);
});

const RETRIED = [
  line(0, 'submitted', 'pending', 0),
  line(1, 'started', 'processing', 1),
  line(4, 'retry_scheduled', 'pending', 1),
  line(14, 'started', 'processing', 2),
  line(15, 'cancel_requested', 'processing', 2),
  line(16, 'completed', 'completed', 2),
];

it('cuts a history into waits and runs', () => {
  const found = segmentsOf(RETRIED, 99_000);
  expect(found.map(({ kind, attempt, ms, end }) => [kind, attempt, ms, end])).toEqual([
    ['wait', 1, 1000, 'started'],
    ['run', 1, 3000, 'retry_scheduled'],
    ['wait', 2, 10_000, 'started'],
    ['run', 2, 2000, 'completed'],
  ]);
  expect([totalMs(found, 'wait'), totalMs(found, 'run')]).toEqual([11_000, 5000]);
});

it('lets what goes on end now', () => {
  const found = segmentsOf(RETRIED.slice(0, 4), 20_000);
  expect(found.at(-1)).toMatchObject({ kind: 'run', ms: 6000, end: null });
});

it('is never negative when the clock of the browser is late', () => {
  expect(segmentsOf(RETRIED.slice(0, 4), 0).at(-1)?.ms).toBe(0);
});

it('begins a new wait after a retry', () => {
  const lines = [...RETRIED, line(30, 'retried', 'pending', 2), line(31, 'started', 'processing', 3)];
  expect(segmentsOf(lines, 32_000).slice(-2)).toMatchObject([
    { kind: 'wait', attempt: 3, ms: 1000 },
    { kind: 'run', attempt: 3, ms: 1000 },
  ]);
});
