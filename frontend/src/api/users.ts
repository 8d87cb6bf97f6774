import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';
import { ApiError } from './problem';
import { PAGE_SIZE } from './queries';
import { meQuery } from './rights';
import type { UserCreate, UserUpdate } from './types';

const KEY = ['users'];

/** The users, those last made first, a page after the other; with an address the one who has it. */
export function usersQuery(email: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [...KEY, email],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET('/api/v1/admin/users', {
          params: { query: { email, cursor: pageParam, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

export function userQuery(id: string) {
  return queryOptions({
    queryKey: [...KEY, 'one', id],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/admin/users/{user_id}', { params: { path: { user_id: id } }, signal })),
    staleTime: 60_000,
  });
}

/** Return the id of the user with an address. Throws ApiError, with the fault at `email`, when there is none. */
export async function findUserId(email: string): Promise<string> {
  const { items } = await unwrap(client.GET('/api/v1/admin/users', { params: { query: { email, limit: 1 } } }));
  const [found] = items;
  if (found) return found.id;
  const detail = 'No user has this address.';
  throw new ApiError(detail, 'user_not_found', 404, null, [{ pointer: '#/email', detail }]);
}

/** Refresh whatever shows users; the caller may be one of those who changed. */
function useUsersChanged(): () => Promise<unknown> {
  const cache = useQueryClient();
  return () => Promise.all([KEY, ['teams'], meQuery.queryKey].map((queryKey) => cache.invalidateQueries({ queryKey })));
}

export function useCreateUser() {
  const changed = useUsersChanged();
  return useMutation({
    mutationFn: (body: UserCreate) => unwrap(client.POST('/api/v1/admin/users', { body })),
    onSuccess: changed,
  });
}

export function useUpdateUser(id: string) {
  const changed = useUsersChanged();
  return useMutation({
    mutationFn: (body: UserUpdate) =>
      unwrap(client.PATCH('/api/v1/admin/users/{user_id}', { params: { path: { user_id: id } }, body })),
    onSuccess: changed,
  });
}

/** End all sessions and tokens of a user; API keys go on. */
export function useEndUserSessions(id: string) {
  return useMutation({
    mutationFn: () =>
      unwrap(client.DELETE('/api/v1/admin/users/{user_id}/sessions', { params: { path: { user_id: id } } })),
  });
}
