import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { canCancel, canChange, canRetry, countOpen, isFinal, STATUS, STATUSES } from './status';

it('names every state of the API, and no other', () => {
  // Read, not imported: the build must not need what lies outside this folder.
  const schema = JSON.parse(readFileSync('../docs/openapi.json', 'utf-8'));
  expect([...STATUSES].sort()).toEqual([...schema.components.schemas.ShownStatus.enum].sort());
});

it('has a label, a tone and a meaning for each', () => {
  for (const status of STATUSES) expect(Object.values(STATUS[status]).every((value) => value !== '')).toBe(true);
});

it('knows the final ones by hand', () =>
  expect(STATUSES.filter(isFinal)).toEqual(['completed', 'failed', 'cancelled']));

it('offers what the API allows', () => {
  expect(STATUSES.filter((status) => canRetry({ status }))).toEqual(['failed', 'cancelled']);
  expect(STATUSES.filter((status) => canCancel({ status, cancel_requested: false }))).toEqual([
    'scheduled',
    'pending',
    'processing',
  ]);
  expect(STATUSES.filter((status) => canChange({ status }))).toEqual(['scheduled', 'pending']);
  expect(canCancel({ status: 'processing', cancel_requested: true })).toBe(false);
});

it('counts what is open', () => expect(countOpen({ scheduled: 1, pending: 2, processing: 3, completed: 9 })).toBe(6));
