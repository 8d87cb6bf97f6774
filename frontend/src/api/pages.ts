import { queryOptions } from '@tanstack/react-query';
import { ROOT_PATH } from '@/lib/rootPath';
import { callApi } from './client';
import { type ApiError, toApiError } from './problem';

/** Where the picture of a page of a job's document is. */
export function pagePath(jobId: string, number: number): string {
  return `${ROOT_PATH}/api/v1/jobs/${encodeURIComponent(jobId)}/pages/${number}`;
}

/** Why a picture did not come; null: it comes now. */
export function pageFaultQuery(jobId: string, number: number, attempt: number) {
  return queryOptions({
    queryKey: ['page-picture', jobId, number, attempt],
    queryFn: async ({ signal }): Promise<ApiError | null> => {
      const response = await callApi(pagePath(jobId, number), { signal });
      return response.ok ? null : toApiError(response, await response.text());
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
