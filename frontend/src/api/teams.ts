import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';
import { PAGE_SIZE } from './queries';
import { meQuery } from './rights';
import type { TeamUpdate } from './types';
import { findUserId } from './users';

const KEY = ['teams'];

/** The teams, those last made first, a page after the other; each user's own is one of them. */
export const teamsQuery = infiniteQueryOptions({
  queryKey: [...KEY, 'all'],
  queryFn: ({ pageParam, signal }) =>
    unwrap(client.GET('/api/v1/admin/teams', { params: { query: { cursor: pageParam, limit: PAGE_SIZE } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next_cursor }) => next_cursor,
});

const inPath = (id: string) => ({ path: { team_id: id } });

export function teamQuery(id: string) {
  return queryOptions({
    queryKey: [...KEY, 'one', id],
    queryFn: ({ signal }) => unwrap(client.GET('/api/v1/admin/teams/{team_id}', { params: inPath(id), signal })),
  });
}

/** Who acts for a team, by name. */
export function membersQuery(id: string) {
  return queryOptions({
    queryKey: [...KEY, 'members', id],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/admin/teams/{team_id}/members', { params: inPath(id), signal })),
  });
}

/** Refresh whatever shows teams; the caller may be a member. */
function useTeamsChanged(): () => Promise<unknown> {
  const cache = useQueryClient();
  return () => Promise.all([KEY, meQuery.queryKey].map((queryKey) => cache.invalidateQueries({ queryKey })));
}

export function useCreateTeam() {
  const changed = useTeamsChanged();
  return useMutation({
    mutationFn: (body: { name: string; hides_payloads: boolean }) =>
      unwrap(client.POST('/api/v1/admin/teams', { body })),
    onSuccess: () => void changed(),
  });
}

export function useUpdateTeam(id: string) {
  const changed = useTeamsChanged();
  return useMutation({
    mutationFn: (body: TeamUpdate) =>
      unwrap(client.PATCH('/api/v1/admin/teams/{team_id}', { params: inPath(id), body })),
    onSuccess: changed,
  });
}

/** Let the user with an address act for a team. */
export function useAddMember(id: string) {
  const changed = useTeamsChanged();
  return useMutation({
    mutationFn: async (email: string) => {
      const path = { team_id: id, user_id: await findUserId(email) };
      return unwrap(client.PUT('/api/v1/admin/teams/{team_id}/members/{user_id}', { params: { path } }));
    },
    onSuccess: changed,
  });
}

export function useRemoveMember(id: string) {
  const changed = useTeamsChanged();
  return useMutation({
    mutationFn: (userId: string) => {
      const path = { team_id: id, user_id: userId };
      return unwrap(client.DELETE('/api/v1/admin/teams/{team_id}/members/{user_id}', { params: { path } }));
    },
    onSuccess: changed,
  });
}
