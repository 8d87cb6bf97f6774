import { infiniteQueryOptions } from '@tanstack/react-query';
import { ROOT_PATH } from '@/lib/rootPath';
import { client, unwrap } from './client';
import { PAGE_SIZE } from './queries';
import type { AuditPage } from './types';

const PATH = '/api/v1/admin/audit';

/** Which lines to show. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
}

/** The audit log, newest first, a page after the other. */
export const auditQuery = ({ actor, action }: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', { actor, action }],
    queryFn: async ({ pageParam, signal }) => {
      const query = { actor, action, cursor: pageParam, limit: 2 * PAGE_SIZE };
      return (await unwrap(client.GET(PATH, { params: { query }, signal }))) as AuditPage; // the same route has CSV
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });

/** Where the same lines are as CSV, all of them. */
export function auditCsvUrl({ actor, action }: AuditFilter): string {
  const given = Object.entries({ format: 'csv', actor, action }).filter((pair): pair is [string, string] => !!pair[1]);
  return `${ROOT_PATH}${PATH}?${new URLSearchParams(given)}`;
}
