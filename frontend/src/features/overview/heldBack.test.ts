import { expect, it } from 'vitest';
import type { Breaker, Providers } from '@/api/types';
import { heldBackBy } from './heldBack';

const BREAKER = { state: 'closed', until: null, failures: 5, last_ok_at: null, last_error: null, last_error_at: null };
const providers = (...breakers: (Partial<Breaker> | null)[]): Providers => ({
  aliases: {},
  providers: breakers.map((breaker, index) => ({
    name: `p${index}`,
    kind: 'openai',
    host: 'host',
    breaker: breaker && ({ ...BREAKER, ...breaker } as Breaker),
    models: [],
  })),
});

it('is silent while calls go through, and while nobody knows', () =>
  expect(heldBackBy(providers({}, null))).toBeNull());

it('tells a failing provider from a closed one', () => {
  expect(heldBackBy(providers({ state: 'open', last_error: 'timeout' }))).toMatchObject({
    title: 'The provider p0 is failing',
    sentences: ['p0 fails (timeout): no call is made for now.'],
    tone: 'red',
  });
  expect(heldBackBy(providers({ state: 'forced' }))).toMatchObject({
    title: 'The provider p0 is closed',
    tone: 'orange',
  });
});

it('counts several and tells of each', () =>
  expect(heldBackBy(providers({ state: 'half_open' }, {}, { state: 'forced' }))).toMatchObject({
    title: 'No calls reach 2 providers',
    sentences: [expect.stringContaining('p0 was failing'), expect.stringContaining('calls to p2')],
    tone: 'red',
  }));

it('names the one model of a provider that fails while the others are served', () => {
  const [one] = providers({}).providers;
  const model = { name: 'small', breaker: { ...BREAKER, state: 'open', last_error: 'unavailable' } };
  const gateway = { ...one, models: [model, { name: 'large', breaker: BREAKER }] };
  expect(heldBackBy({ aliases: {}, providers: [gateway] } as unknown as Providers)).toEqual({
    title: 'The model small of p0 is failing',
    sentences: ['small of p0 fails (unavailable): no call is made for now.'],
    tone: 'red',
  });
});
