import { expect, it } from 'vitest';
import { describeFallback } from './words';

it('says which models were passed over, and why', () =>
  expect(describeFallback('acme/big:free: provider_down, small: rate_limited, odd: new_kind')).toBe(
    'instead of acme/big:free (its provider was failing) and small (its quota was used up) and odd (new_kind)',
  ));

it('shows what it cannot read as it is', () => expect(describeFallback('something')).toBe('instead of something'));
