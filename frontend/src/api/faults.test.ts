import { expect, it } from 'vitest';
import { faultsAt } from './faults';
import { ApiError } from './problem';

const refused = (...faults: { pointer: string; detail: string }[]) =>
  new ApiError('no', 'invalid_request', 422, null, faults);

it('puts each fault at its field, those of the items of a list too', () => {
  const error = refused(
    { pointer: '#/name', detail: 'too long.' },
    { pointer: '#/scopes/0', detail: 'unknown.' },
    { pointer: '#/scopes/1', detail: 'twice.' },
  );
  expect(faultsAt(error, ['name', 'scopes'])).toEqual({
    at: { name: 'too long.', scopes: 'unknown. twice.' },
    isLoose: false,
  });
});

it('leaves what belongs to no field for the form', () => {
  expect(faultsAt(refused({ pointer: '#/other', detail: 'x' }), ['name'])).toEqual({ at: {}, isLoose: true });
  expect(faultsAt(refused(), ['name']).isLoose).toBe(true);
  expect(faultsAt(new Error('x'), ['name']).isLoose).toBe(true);
  expect(faultsAt(null, ['name'])).toEqual({ at: {}, isLoose: false });
});
