import { expect, it } from 'vitest';
import { asBody, isUnderWay } from './deadLetters';

it('says so when nothing narrows the jobs, and only then', () => {
  expect(asBody({ type: undefined, queue: undefined }, true)).toEqual({ all: true, dry_run: true });
  expect(asBody({ fingerprint: 'ab', type: undefined }, false)).toEqual({
    fingerprint: 'ab',
    all: false,
    dry_run: false,
  });
});

it('follows an action until it ends', () => {
  expect((['pending', 'running'] as const).every((status) => isUnderWay({ status }))).toBe(true);
  expect((['completed', 'failed', 'cancelled'] as const).some((status) => isUnderWay({ status }))).toBe(false);
});
