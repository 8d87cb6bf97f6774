import { describe, expect, it } from 'vitest';
import cases from './next.cases.json';
import {
  parseAuditSearch,
  parseDeadLettersSearch,
  parseJobSearch,
  parseJobsSearch,
  parseKeysSearch,
  parseNewSearch,
  parseSearch,
  parseSignInSearch,
  stringifySearch,
} from './search';

describe('parseJobsSearch', () => {
  it('takes good values', () =>
    expect(parseJobsSearch({ status: 'failed', type: 'echo', q: '019A', from: '2026-11-21T20:00:00Z' })).toMatchObject({
      status: 'failed',
      type: 'echo',
      q: '019a',
      from: '2026-11-21T20:00:00.000Z',
    }));

  it('lets bad values fall away', () => {
    const bad = { status: 'queued', type: 'a b', queue: '', q: 'xyz', from: 'yesterday', to: 7, cursor: '<' };
    expect(Object.values(parseJobsSearch(bad)).every((value) => value === undefined)).toBe(true);
  });
});

it('keeps an id prefix that looks like a number', () => {
  expect(parseJobsSearch(parseSearch('?q=1e5')).q).toBe('1e5');
  expect(parseJobsSearch(parseSearch('?q=019')).q).toBe('019');
});

it('writes only what is set', () =>
  expect(stringifySearch({ status: 'failed', type: undefined, q: '' })).toBe('?status=failed'));

it('goes on only to a page of this site, as the server does', () => {
  for (const next of cases.own) expect(parseSignInSearch({ next }).next).toBe(next);
  for (const next of cases.foreign) expect(parseSignInSearch({ next }).next).toBeUndefined();
});

it('begins a job like another only with a whole id', () =>
  expect(parseNewSearch({ like: '019a' }).like).toBeUndefined());

it('asks for the keys of everybody or of a user with a whole id', () => {
  const id = '01a23162-9c88-701e-8ab8-3d1b3f8ccc51';
  expect(['all', id, 'ada', '', 7].map((of) => parseKeysSearch({ of }).of)).toEqual([
    'all',
    id,
    undefined,
    undefined,
    undefined,
  ]);
});

it('filters the audit log by what an actor and an action can be called', () => {
  const view = { actor: 'ada@example.org', action: 'key.create' };
  expect(parseAuditSearch(view)).toEqual(view);
  expect(parseAuditSearch({ actor: '\u0000', action: 'a b' })).toEqual({ actor: undefined, action: undefined });
});

it('lets a bad filter of the dead letters fall away', () => {
  expect(parseDeadLettersSearch({ error: 'timeout', from: '2026-11-21T20:00:00Z', to: 'soon', type: 'a b' })).toEqual({
    error: 'timeout',
    from: '2026-11-21T20:00:00.000Z',
  });
});

it('shows a page of a document only by its number', () => {
  expect(parseJobSearch({ page: '12', doubtful: 'only' })).toEqual({ page: 12, doubtful: 'only' });
  for (const page of ['0', '-1', '1.5', 'x', '1e3', '12345678', ''])
    expect(parseJobSearch({ page }).page).toBeUndefined();
  expect(parseJobSearch({ doubtful: 'yes' }).doubtful).toBeUndefined();
});
