import { infiniteQueryOptions } from '@tanstack/react-query';
import { client, unwrap } from './client';
import { PAGE_SIZE } from './queries';
import type { AuditLine } from './types';

/** Which lines to show. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
}

/** Whether a line is one of those. */
export function isWanted({ actor, action }: AuditFilter, line: Pick<AuditLine, 'actor' | 'action'>): boolean {
  return (!actor || line.actor === actor) && (!action || line.action === action);
}

/** The audit log, newest first, a page after the other. What is filtered is what was loaded: the API gives all lines. */
export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      client.GET('/api/v1/admin/audit', { params: { query: { cursor: pageParam, limit: 2 * PAGE_SIZE } }, signal }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next_cursor }) => next_cursor,
});
