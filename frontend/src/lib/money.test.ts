import { expect, it } from 'vitest';
import { formatCost, formatUsd } from './money';

it.each([
  [0, '$0'],
  [0.000_412_3, '$0.000412'],
  [0.01, '$0.01'],
  [1.376, '$1.38'],
  [12_345.6, '$12,345.60'],
  [-2, '−$2.00'],
  [null, '–'],
])('writes %s as %s', (usd, text) => expect(formatUsd(usd)).toBe(text));

it('does not pass an unknown price off as nothing', () => {
  expect(formatCost(null, 3)).toBe('price unknown');
  expect(formatCost(0.5, 3)).toBe('at least $0.50');
  expect(formatCost(0.5)).toBe('$0.50');
});
