import { expect, it } from 'vitest';
import { fromLocalInput, parseSearchText, toLocalInput } from './searchText';

it('reads an id prefix and qualifiers', () =>
  expect(parseSearchText(' type:echo 019AB status:failed ')).toEqual({
    prefix: '019ab',
    qualifiers: { type: 'echo', status: 'failed' },
    unknown: [],
  }));

it('names the words that mean nothing', () => expect(parseSearchText('hello 01').unknown).toEqual(['hello']));

it('carries a time through a local input and back', () => {
  const iso = '2026-11-21T20:02:00.000Z';
  expect(fromLocalInput(toLocalInput(iso))).toBe(iso);
  expect([toLocalInput('nonsense'), fromLocalInput('')]).toEqual(['', undefined]);
});
