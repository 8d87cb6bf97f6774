import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ROOT_PATH } from '@/lib/rootPath';
import { client, unwrap } from './client';

const KEY = ['files', 'uploaded'];
const RECENT = 5;
const PAGE = 25;

/** All uploaded files, newest first, a page after the other. */
export const uploadsQuery = infiniteQueryOptions({
  queryKey: [...KEY, 'all'],
  queryFn: ({ pageParam, signal }) =>
    unwrap(client.GET('/api/v1/files', { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next_cursor }) => next_cursor,
});

/** The last few uploads, to choose one again. */
export const recentUploadsQuery = queryOptions({
  queryKey: [...KEY, 'recent'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/files', { params: { query: { limit: RECENT } }, signal })),
});

export function uploadQuery(id: string) {
  return queryOptions({
    queryKey: [...KEY, 'one', id],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/files/{file_id}', { params: { path: { file_id: id } }, signal })),
  });
}

/** Where the bytes of an uploaded file are, to be saved. */
export function contentPath(id: string): string {
  return `${ROOT_PATH}/api/v1/files/${encodeURIComponent(id)}/content`;
}

/** Ask anew for whatever shows uploaded files. */
export function useUploadsChanged(): () => Promise<void> {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: KEY });
}

export function useDeleteUpload() {
  const changed = useUploadsChanged();
  return useMutation({
    mutationFn: (id: string) => unwrap(client.DELETE('/api/v1/files/{file_id}', { params: { path: { file_id: id } } })),
    onSuccess: changed,
  });
}
