import { queryOptions, useQuery } from '@tanstack/react-query';
import { client, unwrap } from './client';
import type { Me, Right, Role } from './types';

/** Who is signed in, and what he may. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/auth/me', { signal })),
  staleTime: 60_000,
});

const NONE: readonly Right[] = [];

/** What who is signed in may; nothing, until that is known. */
export function useRights(): readonly Right[] {
  return useQuery(meQuery).data?.rights ?? NONE;
}

/** Whether who is signed in has a right. A control that needs it is not shown without. */
export function useMay(right: Right): boolean {
  return useRights().includes(right);
}

/** Whether the team that the caller acts for hides inputs, results and files from him. */
export function isBlind({ role, team_id, teams }: Me): boolean {
  return role === 'viewer' && teams.some(({ id, hides_payloads }) => id === team_id && hides_payloads);
}

/** What each right lets its holder do, in the order of what is asked for most. One that is missing here fails the build. */
export const RIGHTS = {
  'jobs:read': 'read jobs, queues, providers and figures',
  'jobs:write': 'submit, change, cancel, retry and delete jobs',
  files: 'upload and delete files',
  operate: 'pause queues, close providers, clean up',
  admin: 'manage users, teams and anybody’s keys, and read the audit log',
} satisfies Record<Right, string>;

export const ALL_RIGHTS = Object.keys(RIGHTS) as Right[];

/** What each role is, the one with the least rights first. */
export const ROLES = {
  viewer: { label: 'Viewer', meaning: 'reads the jobs of the own teams' },
  member: { label: 'Member', meaning: 'submits jobs and uploads files, too' },
  operator: { label: 'Operator', meaning: 'works on all teams’ jobs, queues and providers' },
  admin: { label: 'Administrator', meaning: 'everything, users and teams included' },
} satisfies Record<Role, { label: string; meaning: string }>;

export const ALL_ROLES = Object.keys(ROLES) as Role[];
