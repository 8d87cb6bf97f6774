import { expect, it } from 'vitest';
import type { Breaker, ProviderMetrics, ProviderModel } from '@/api/types';
import {
  countFailures,
  daysOf,
  describeBreaker,
  describeInFlight,
  describeModelBreaker,
  describePlace,
  describeQuota,
  listFailures,
  lookOfCalls,
} from './words';

const BREAKER: Breaker = {
  state: 'closed',
  until: null,
  failures: 5,
  last_ok_at: null,
  last_error: 'timeout',
  last_error_at: null,
};
const CALLS = {
  calls: 9,
  successes: 4,
  failures: { timeout: 2, rate_limited: 3 },
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  priced: 0,
  cost_usd: null,
  latency_p50_s: null,
  latency_p95_s: null,
};

it('is silent on a breaker that lets calls through', () => expect(describeBreaker(BREAKER)).toBeNull());

it('says how long an open breaker holds, and how often it failed', () => {
  const until = new Date(Date.now() + 90_000).toISOString();
  expect(describeBreaker({ ...BREAKER, state: 'open', until })).toMatch(
    /^It failed 5 times in a row: .* before .*\d\.$/,
  );
  expect(describeBreaker({ ...BREAKER, state: 'open' })).toContain('for now');
});

it('says that one model of a gateway is held back while the others are served', () => {
  expect(describeModelBreaker({ ...BREAKER, state: 'open' }, true)).toBe(
    'It failed 5 times in a row: no call is made for now. Last error: timeout. Calls of the other models go through.',
  );
  expect(describeModelBreaker({ ...BREAKER, state: 'open' }, false)).not.toContain('other models');
  expect(describeModelBreaker(BREAKER, true)).toBeNull();
  expect(describeModelBreaker(null, true)).toBeNull();
  expect(describeModelBreaker(undefined, true)).toBeNull();
});

it('says at the top of a card how many of its models are held back', () => {
  const model = (state: Breaker['state']) => ({ breaker: { ...BREAKER, state } }) as ProviderModel;
  const models = [model('closed'), model('open')];
  expect(lookOfCalls({ breaker: BREAKER, models })).toEqual({ label: '1 of 2 models held back', tone: 'orange' });
  expect(lookOfCalls({ breaker: BREAKER, models: [model('closed')] }).label).toBe('Calls go through');
  expect(lookOfCalls({ breaker: { ...BREAKER, state: 'forced_open' }, models }).label).toBe('Closed by an operator');
  expect(lookOfCalls({ breaker: null, models }).label).toBe('Breaker unknown');
});

it('counts the calls under way where there is a limit of them', () => {
  expect(describeInFlight({ max_in_flight: 1, in_flight: 1 })).toBe('1 of 1 calls under way');
  expect(describeInFlight({ max_in_flight: 4, in_flight: 0 })).toBe('0 of 4 calls under way');
  expect(describeInFlight({ max_in_flight: 4, in_flight: null })).toBe('at most 4 calls at once');
  expect(describeInFlight({ in_flight: 3 })).toBeNull();
});

it('names the preset beside the place', () => {
  expect(describePlace({ host: 'openrouter.ai', kind: 'openai', preset: 'openrouter' })).toBe(
    'openrouter.ai, speaks the OpenAI API, preset openrouter',
  );
  expect(describePlace({ host: '', kind: 'simulated' })).toBe('a simulation');
});

it('counts failures of every kind and names the most frequent first', () => {
  expect(countFailures(CALLS)).toBe(5);
  expect(listFailures(CALLS)).toBe('3 × rate_limited, 2 × timeout');
});

it('sums each day over its models', () => {
  const states_s = { closed: 86_400, open: 0, half_open: 0, forced_open: 0 };
  const metrics: ProviderMetrics = {
    provider: 'local',
    total: CALLS,
    days: [
      { day: '2026-11-21', models: [], states_s },
      {
        day: '2026-11-22',
        models: [
          { ...CALLS, model: 'a' },
          { ...CALLS, model: 'b' },
        ],
        states_s,
      },
    ],
  };
  expect(daysOf(metrics)).toEqual([
    { day: '2026-11-21', answered: 0, failed: 0 },
    { day: '2026-11-22', answered: 8, failed: 10 },
  ]);
});

const QUOTA = {
  configured: '60/min',
  override: null,
  advertised: null,
  effective: '60/min',
  factor: 0.5,
  requests_left: 3,
  tokens_left: null,
  startable: 0,
  next_start_s: 2.5,
  reserved: 1,
  rejected: 2,
};

it('says when the next call may start, unless the breaker lets none', () => {
  expect(describeQuota(QUOTA, false)).toBe(
    'Holds: 60/min · 50 % of it after refusals · next start in 2.5 s · 1 job reserved · 2 rejections (429)',
  );
  expect(describeQuota(QUOTA, true)).not.toContain('next start');
  expect(describeQuota({ ...QUOTA, next_start_s: 0, effective: null, factor: 1, rejected: 0 }, false)).toBe(
    'No limit is known · next start now · 1 job reserved',
  );
});

it('says that nobody knows what is left while Redis is away', () =>
  expect(describeQuota({ ...QUOTA, reserved: null }, false)).toContain('unknown while Redis is away'));
