import { type Query, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ROOT_PATH } from '@/lib/rootPath';
import { client, unwrap } from './client';
import { meQuery } from './rights';

const PATH = '/api/v1/session';

export type Credential = { token: string } | { code: string } | { username: string; password: string };

/** Start a session from a password, the service token or a one-time code; the answer sets an HttpOnly cookie. */
export function signIn(credential: Credential): Promise<unknown> {
  return unwrap(client.POST(PATH, { body: credential }));
}

/** How one can sign in here; asked by the sign-in page, before anybody is known. */
export const methodsQuery = queryOptions({
  queryKey: ['sign-in-methods'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/auth/methods', { signal })),
  staleTime: 60_000,
});

/** The address that leads to the provider of single sign-on and back to a path of ours. */
export function providerUrl(next?: string): string {
  const query = next ? `?next=${encodeURIComponent(next)}` : '';
  return `${ROOT_PATH}/api/v1/auth/oidc/login${query}`;
}

/** The sign-in page that leads nobody to the provider unasked, and takes the service token in any case. */
export function localUrl(next?: string): string {
  return `${ROOT_PATH}/signin?local=1${next ? `&next=${encodeURIComponent(next)}` : ''}`;
}

/** End the session; return where the browser signs out elsewhere, too, or null. */
export async function signOut(): Promise<string | null> {
  const methods = await unwrap(client.GET('/api/v1/auth/methods'));
  if (methods.single_sign_on) return (await unwrap(client.POST('/api/v1/auth/oidc/logout'))).url;
  await unwrap(client.DELETE(PATH));
  return null;
}

/** Who is signed in, and to what. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => unwrap(client.GET(PATH, { signal })),
  staleTime: 60_000,
});

/** Let this browser act for a team; the own one: as after signing in. */
export function useChooseTeam() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (teamId: string) => unwrap(client.PUT('/api/v1/session/team', { body: { team_id: teamId } })),
    // Whatever came of it: a team that was refused may be none of his any more.
    onSettled: () => cache.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
}

const KEPT: readonly unknown[] = [meQuery.queryKey[0], sessionQuery.queryKey[0]];

/** Forget what is known of other teams, and ask anew, whenever one acts for another than before. */
export function useForgetOtherTeams(teamId: string | undefined): void {
  const cache = useQueryClient();
  const last = useRef(teamId);
  useEffect(() => {
    if (teamId === undefined || teamId === last.current) return;
    const isFirst = last.current === undefined;
    last.current = teamId;
    if (!isFirst) void cache.resetQueries({ predicate: ({ queryKey }: Query) => !KEPT.includes(queryKey[0]) });
  }, [teamId, cache]);
}
