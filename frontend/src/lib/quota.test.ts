import { expect, it } from 'vitest';
import { leftRatio, readQuota } from './quota';

it('reads both limits, in any order', () =>
  expect(readQuota('20000tok/min,5/10s')).toEqual({
    requests: { amount: 5, per: '10s' },
    tokens: { amount: 20_000, per: 'min' },
  }));

it.each([null, undefined, '', 'unlimited'])('knows no limit in %s', (text) =>
  expect(readQuota(text)).toEqual({ requests: null, tokens: null }),
);

it('keeps a bar within its bounds', () => {
  const rate = { amount: 60, per: 'min' };
  expect([leftRatio(-3, rate), leftRatio(30, rate), leftRatio(90, rate)]).toEqual([0, 0.5, 1]);
});
