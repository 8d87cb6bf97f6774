import { queryOptions } from '@tanstack/react-query';
import { client, unwrap } from './client';

const PATH = '/api/v1/session';

export type Credential = { token: string } | { code: string } | { username: string; password: string };

/** Start a session from a password, the service token or a one-time code; the answer sets an HttpOnly cookie. */
export function signIn(credential: Credential): Promise<unknown> {
  return unwrap(client.POST(PATH, { body: credential }));
}

export function signOut(): Promise<unknown> {
  return unwrap(client.DELETE(PATH));
}

/** Who is signed in, and to what. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => unwrap(client.GET(PATH, { signal })),
  staleTime: 60_000,
});
