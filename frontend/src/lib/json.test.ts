import { expect, it } from 'vitest';
import { parseJson, stringifyJson } from './json';

it('writes big integers in full', () => {
  expect(stringifyJson({ big: 9223372036854775807n, text: 'big-1' })).toBe(
    '{"big":9223372036854775807,"text":"big-1"}',
  );
});

it('leaves safe numbers and fractions as numbers', () => {
  expect(parseJson('{"a": 1, "b": 1.5, "c": 9007199254740991}')).toEqual({ a: 1, b: 1.5, c: 9007199254740991 });
});

it('keeps big integers where the engine shows the source of a number', () => {
  const shown = parseJson('{"big": 9223372036854775807}') as { big: unknown };
  // Node 20 does not, browsers and newer ones do.
  expect(['bigint', 'number']).toContain(typeof shown.big);
});
