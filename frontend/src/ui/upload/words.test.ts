import { expect, it } from 'vitest';
import { ApiError } from '@/api/problem';
import { fileOf, kindName, refusalTitle } from './words';

const file = (name: string, text = 'x') => new File([text], name);

it.each([
  [413, 'The file is too large'],
  [415, 'This kind of file is not taken'],
  [507, 'The server has no room for it'],
  [503, 'The upload failed'],
])('says what a %i means', (status, title) => expect(refusalTitle(new ApiError('', 'code', status))).toBe(title));

it('tells an API that is away from a refusal', () =>
  expect(refusalTitle(new ApiError('', 'api_away', 0))).toBe('The API does not answer'));

it('takes one file that holds something', () => {
  expect(fileOf([file('a.pdf')]).file?.name).toBe('a.pdf');
  expect(fileOf([]).fault).toBeDefined();
  expect(fileOf([file('a.pdf'), file('b.pdf')]).fault).toContain('One file');
  expect(fileOf([file('empty.txt', '')]).fault).toContain('empty.txt is empty');
});

it('shows an unknown media type as it is', () => {
  expect(kindName('application/pdf')).toBe('PDF');
  expect(kindName('application/x-new')).toBe('application/x-new');
});
