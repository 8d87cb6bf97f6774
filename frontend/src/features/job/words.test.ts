import { expect, it } from 'vitest';
import { describeFallback, describeRefusals, describeTokens } from './words';

it('says which models were passed over, and why', () =>
  expect(describeFallback('acme/big:free: provider_down, small: rate_limited, odd: new_kind')).toBe(
    'instead of acme/big:free (it was failing) and small (its limit was reached) and odd (new_kind)',
  ));

it('knows a kind for each way in which a member of a chain can fail', () =>
  expect(describeFallback('dead: network, ok2: auth_failed')).toBe(
    'instead of dead (it could not be reached) and ok2 (its key was refused)',
  ));

it('tells thinking from writing', () => {
  expect(describeTokens({ prompt_tokens: 412, completion_tokens: 1058, reasoning_tokens: 1000 })).toBe(
    '412 + 1,058 tokens, 1,000 of them thinking',
  );
  expect(describeTokens({ prompt_tokens: 412, completion_tokens: null })).toBe('412 + 0 tokens');
  expect(describeTokens({})).toBeNull();
});

it('counts refusals only where there were some', () => {
  expect(describeRefusals({ refusals: 7, max_refusals: 100 })).toBe('refused 7 of 100 times');
  expect(describeRefusals({ refusals: 0, max_refusals: 100 })).toBeNull();
});

it('shows what it cannot read as it is', () => expect(describeFallback('something')).toBe('instead of something'));
