import { expect, it } from 'vitest';
import { actOnJobs } from './actions';
import { ApiError } from './problem';

it('goes on after a refusal and counts by code', async () => {
  const told: number[] = [];
  const outcome = await actOnJobs(
    'cancel',
    ['a', 'b', 'c'],
    async (_, id) => {
      if (id === 'b') throw new ApiError('no', 'already_final', 409);
    },
    (ended) => told.push(ended),
  );
  expect(outcome).toEqual({ done: 2, refused: { already_final: 1 } });
  expect(told).toEqual([1, 2, 3]);
});

it('has at most six under way', async () => {
  let now = 0;
  let most = 0;
  const ids = Array.from({ length: 40 }, (_, index) => String(index));
  await actOnJobs('delete', ids, async () => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    now -= 1;
  });
  expect(most).toBe(6);
});
