import { expect, it } from 'vitest';
import { isWanted } from './audit';

it('wants a line whose actor and action are those of the filter', () => {
  const line = { actor: 'ada@example.org', action: 'key.create' };
  expect(isWanted({}, line)).toBe(true);
  expect(isWanted({ actor: 'ada@example.org', action: 'key.create' }, line)).toBe(true);
  expect(isWanted({ actor: 'service' }, line)).toBe(false);
  expect(isWanted({ action: 'key.revoke' }, line)).toBe(false);
});
