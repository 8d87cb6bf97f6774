import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { parseJson } from '@/lib/json';
import { client, unwrap } from './client';
import { appendSample, type Sample } from './history';
import { toApiError } from './problem';
import type { JobDetail, ShownStatus } from './types';

export const PAGE_SIZE = 25;
const HISTORY_KEY = ['stats-history'];

/** Which jobs to list. Times are ISO 8601 with a zone. */
export interface JobFilter {
  status?: ShownStatus | undefined;
  type?: string | undefined;
  queue?: string | undefined;
  id_prefix?: string | undefined;
  created_from?: string | undefined;
  created_to?: string | undefined;
  cursor?: string | undefined;
}

export function jobsQuery(filter: JobFilter) {
  return queryOptions({
    queryKey: ['jobs', filter],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/jobs', { params: { query: { ...filter, limit: PAGE_SIZE } }, signal })),
    placeholderData: keepPreviousData,
  });
}

interface Tagged {
  job: JobDetail;
  etag: string | null;
}

/** One job with everything. Asks with the ETag of what is known: an unchanged job costs a 304. */
export function jobQuery(id: string) {
  const queryKey = ['job', id];
  return queryOptions({
    queryKey,
    queryFn: async ({ client: cache, signal }): Promise<Tagged> => {
      const known = cache.getQueryData<Tagged>(queryKey);
      const { data, error, response } = await client.GET('/api/v1/jobs/{job_id}', {
        params: { path: { job_id: id } },
        headers: known?.etag ? { 'If-None-Match': known.etag } : {},
        parseAs: 'text',
        signal,
      });
      if (response.status === 304 && known) return known;
      if (!response.ok || typeof data !== 'string') throw toApiError(response, error);
      // Not response.json(): integers beyond 2^53 must come out as they are.
      return { job: parseJson(data) as JobDetail, etag: response.headers.get('ETag') };
    },
  });
}

/** Why a job is where it is; asked anew as soon as it has moved. */
export function explainQuery({ id, version, status }: Pick<JobDetail, 'id' | 'version' | 'status'>) {
  return queryOptions({
    queryKey: ['explain', id, version, status],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/jobs/{job_id}/explain', { params: { path: { job_id: id } }, signal })),
  });
}

/** All queues and job types: what waits and runs, and what holds jobs back. */
export const queuesQuery = queryOptions({
  queryKey: ['queues'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/queues', { signal })),
});

/** The jobs that are due and wait in a queue, the next one first. */
export function backlogQuery(queue: string, cursor: string | undefined) {
  return queryOptions({
    queryKey: ['backlog', queue, cursor],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET('/api/v1/queues/{name}/jobs', {
          params: { path: { name: queue }, query: { cursor, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export const jobTypesQuery = queryOptions({
  queryKey: ['job-types'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/job-types', { signal })),
  staleTime: 5 * 60_000,
});

/** What jobs may read by a path, the newest first. */
export const folderQuery = queryOptions({
  queryKey: ['files', 'folder'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/files/folder', { signal })),
});

/** The last hour by minute, oldest first; the last minute is not over yet. */
export const throughputQuery = queryOptions({
  queryKey: ['throughput'],
  queryFn: ({ signal }) =>
    unwrap(client.GET('/api/v1/admin/throughput', { params: { query: { minutes: 60 } }, signal })),
});

export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: async ({ client: cache, signal }) => {
    const stats = await unwrap(client.GET('/api/v1/admin/stats', { signal }));
    cache.setQueryData<Sample[]>(HISTORY_KEY, (known = []) => appendSample(known, stats, Date.now()));
    return stats;
  },
});

/** What this page has seen of the statistics since it was opened; filled by `statsQuery`. */
export const historyQuery = queryOptions<Sample[]>({
  queryKey: HISTORY_KEY,
  queryFn: () => [],
  initialData: [],
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  refetchOnMount: false,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
});
