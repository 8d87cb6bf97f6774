import { expect, it } from 'vitest';
import type { Breaker, ProviderModel, Providers } from '@/api/types';
import { modelBanner, providerBanner } from './providerBanners';

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
  expect(providerBanner(providers({}, null))).toBeNull());

it('tells a failing provider from a closed one', () => {
  expect(providerBanner(providers({ state: 'open', last_error: 'timeout' }))).toMatchObject({
    title: 'The provider p0 is failing',
    sentences: ['p0 fails (timeout): no call is made for now.'],
    tone: 'red',
  });
  expect(providerBanner(providers({ state: 'forced_open' }))).toMatchObject({
    title: 'The provider p0 is closed',
    tone: 'orange',
  });
});

it('counts several and tells of each', () =>
  expect(providerBanner(providers({ state: 'half_open' }, {}, { state: 'forced_open' }))).toMatchObject({
    title: 'No calls reach 2 providers',
    sentences: [expect.stringContaining('p0 was failing'), expect.stringContaining('calls to p2')],
    tone: 'red',
  }));

const model = (name: string, breaker: Partial<Breaker> | null) =>
  ({ name, breaker: breaker && { ...BREAKER, ...breaker } }) as ProviderModel;

function withModels(provider: Partial<Breaker> | null, ...models: ProviderModel[]): Providers {
  const known = providers(provider);
  return { ...known, providers: known.providers.map((one) => ({ ...one, models })) };
}

it('tells of one model that fails while its provider answers for the others', () =>
  expect(modelBanner(withModels({}, model('ok', {}), model('bad', { state: 'open', last_error: 'timeout' })))).toEqual({
    title: 'The model bad of p0 is failing',
    sentences: ['bad fails (timeout): no call is made for now.'],
    tone: 'orange',
  }));

it('does not repeat for models what their provider says', () => {
  const bad = model('bad', { state: 'open' });
  expect(modelBanner(withModels({ state: 'open' }, bad))).toBeNull();
  expect(modelBanner(withModels(null, bad))).toBeNull();
  expect(modelBanner(withModels({}, model('ok', {}), model('unknown', null)))).toBeNull();
  expect(modelBanner(withModels({}, bad, model('worse', { state: 'half_open' })))?.title).toBe(
    'No calls reach 2 models',
  );
});
