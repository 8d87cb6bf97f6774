import { expect, test } from 'vitest';
import type { GoneWorker } from '@/api/types';
import { describeLost } from './GoneWorkersPanel';

const NONE = { requeued: 0, failed: 0, cancelled: 0, running: 0 } as GoneWorker;

test('what became of the jobs of a worker that is gone is said in words', () => {
  expect(describeLost(NONE)).toBe('no job was lost with it');
  expect(describeLost({ ...NONE, requeued: 2, failed: 1 })).toBe('2 jobs went to other workers, 1 failed');
  expect(describeLost({ ...NONE, running: 1 })).toBe('1 job still to be taken back');
});
