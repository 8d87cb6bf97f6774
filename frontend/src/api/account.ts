import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';

/** The browsers in which who asks is signed in, newest first. */
export const ownSessionsQuery = queryOptions({
  queryKey: ['own-sessions'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/auth/sessions', { signal })),
});

/** Change one's own password. All sessions and tokens end by it, this page's too. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current: string; new: string }) => unwrap(client.POST('/api/v1/auth/password', { body })),
  });
}

/** End all sessions and tokens of who asks, this page's too. */
export function useSignOutEverywhere() {
  return useMutation({ mutationFn: () => unwrap(client.POST('/api/v1/auth/logout-all')) });
}

export function useEndSession() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(client.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id: id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: ownSessionsQuery.queryKey }),
  });
}

/** End every session of who asks but this page's. */
export function useEndOtherSessions() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.DELETE('/api/v1/auth/sessions')),
    onSettled: () => cache.invalidateQueries({ queryKey: ownSessionsQuery.queryKey }),
  });
}
