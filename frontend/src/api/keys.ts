import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';
import { PAGE_SIZE } from './queries';
import type { KeyCreate } from './types';

const KEY = ['keys'];

/** API keys, newest first, a page after the other; without a user those of everybody whose keys the caller sees. */
export function keysQuery(userId: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [...KEY, userId ?? 'all'],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET('/api/v1/keys', {
          params: { query: { user_id: userId, cursor: pageParam, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

/** Ask anew for whatever shows keys. */
export function useKeysChanged(): () => Promise<void> {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: KEY });
}

/** Make a key of the caller's for one of his teams. The answer holds the secret, which nobody can ask for again. */
export function useCreateKey() {
  const changed = useKeysChanged();
  return useMutation({
    mutationFn: ({ teamId, body }: { teamId: string; body: KeyCreate }) =>
      unwrap(client.POST('/api/v1/keys', { body, headers: { 'X-Team': teamId } })),
    onSuccess: () => void changed(),
    // No copy of the secret stays behind the dialog that shows it.
    gcTime: 0,
  });
}

/** Make a key in the place of another, which goes on for some hours. The lists are left to who shows the new one. */
export function useRotateKey(id: string) {
  return useMutation({
    mutationFn: (body: { overlap_hours: number; expires_in_days: number }) =>
      unwrap(client.POST('/api/v1/keys/{key_id}/rotate', { params: { path: { key_id: id } }, body })),
    gcTime: 0,
  });
}

export function useRevokeKey(id: string) {
  const changed = useKeysChanged();
  return useMutation({
    mutationFn: () => unwrap(client.DELETE('/api/v1/keys/{key_id}', { params: { path: { key_id: id } } })),
    onSettled: changed,
  });
}

/** Take a revocation back. */
export function useRestoreKey(id: string) {
  const changed = useKeysChanged();
  return useMutation({
    mutationFn: () => unwrap(client.POST('/api/v1/keys/{key_id}/restore', { params: { path: { key_id: id } } })),
    onSettled: changed,
  });
}
