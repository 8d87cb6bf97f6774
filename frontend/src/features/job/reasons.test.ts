import { expect, it } from 'vitest';
import { isSoon, lookOf } from './reasons';

it('shows a reason that it does not know', () => expect(lookOf('quota_spent').tone).toBe('gray'));

it.each(['model_busy', 'provider_wait'])('leads to the providers from %s', (code) =>
  expect(lookOf(code)).toMatchObject({ way: 'providers', tone: 'violet' }),
);

it('leads to where a pause is lifted', () => expect(lookOf('type_paused').way).toBe('queues'));

it.each([
  ['2026-11-21T20:00:00Z', true],
  ['2026-11-21T19:59:00Z', true],
  ['2026-11-21T20:00:05Z', false],
])('a start at %s is soon: %s', (startsAt, soon) =>
  expect(isSoon(startsAt, Date.parse('2026-11-21T20:00:00Z'))).toBe(soon),
);
