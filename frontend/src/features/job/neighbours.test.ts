import { expect, it } from 'vitest';
import type { JobPage } from '@/api/types';
import { neighboursIn } from './neighbours';

function page(...ids: string[]): JobPage {
  return { items: ids.map((id) => ({ id })), next_cursor: null } as unknown as JobPage;
}

it('finds who stands beside a job in the list looked at last', () => {
  expect(neighboursIn([page('c', 'b', 'a')], 'b')).toEqual({ newer: 'c', older: 'a' });
  expect(neighboursIn([page('x'), page('d', 'b'), page('c', 'b', 'a')], 'b')).toEqual({ newer: 'd', older: undefined });
});

it('knows nobody without a list', () =>
  expect(neighboursIn([page('c')], 'b')).toEqual({ newer: undefined, older: undefined }));
