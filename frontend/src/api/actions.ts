import { useMutation, useQueryClient } from '@tanstack/react-query';
import { client, isApiError, unwrap } from './client';
import { ApiError } from './problem';
import type { JobCreate, JobUpdate } from './types';

export type JobAction = 'cancel' | 'retry' | 'delete';

const PARALLEL = 6;

export function actOnJob(action: JobAction, id: string): Promise<unknown> {
  const params = { path: { job_id: id } };
  switch (action) {
    case 'cancel':
      return unwrap(client.POST('/api/v1/jobs/{job_id}/cancel', { params }));
    case 'retry':
      return unwrap(client.POST('/api/v1/jobs/{job_id}/retry', { params }));
    case 'delete':
      return unwrap(client.DELETE('/api/v1/jobs/{job_id}', { params: { ...params, query: { force: true } } }));
  }
}

/** How many of a bulk succeeded, and why the others did not (error code → count). */
export interface BulkOutcome {
  done: number;
  refused: Record<string, number>;
}

/** Do one action on many jobs, a few at a time. A refusal does not stop the others. */
export async function actOnJobs(
  action: JobAction,
  ids: readonly string[],
  act: typeof actOnJob = actOnJob,
  tell: (ended: number) => void = () => undefined,
): Promise<BulkOutcome> {
  const outcome: BulkOutcome = { done: 0, refused: {} };
  const left = [...ids];
  let ended = 0;
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await act(action, id);
        outcome.done += 1;
      } catch (error) {
        const code = isApiError(error) ? error.code : 'unknown';
        outcome.refused[code] = (outcome.refused[code] ?? 0) + 1;
        if (error instanceof ApiError && error.isSignedOut) left.length = 0;
      }
      ended += 1;
      tell(ended);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, ids.length) }, work));
  return outcome;
}

/** Refresh everything that an action on jobs may have changed. */
export function useJobsChanged(): (action?: JobAction) => Promise<void> {
  const cache = useQueryClient();
  return async (action) => {
    // A deleted job must not be asked for again while its page is still open.
    const keys = [['jobs'], ['stats'], ...(action === 'delete' ? [] : [['job']])];
    await Promise.all(keys.map((queryKey) => cache.invalidateQueries({ queryKey })));
  };
}

export function useJobAction(id: string) {
  const changed = useJobsChanged();
  return useMutation({
    mutationFn: (action: JobAction) => actOnJob(action, id),
    onSuccess: (_, action) => changed(action),
    onError: () => changed(),
  });
}

/** Change a job that waits. */
export function useUpdateJob(id: string) {
  const changed = useJobsChanged();
  return useMutation({
    mutationFn: (body: JobUpdate) =>
      unwrap(client.PATCH('/api/v1/jobs/{job_id}', { body, params: { path: { job_id: id } } })),
    onSettled: () => changed(),
  });
}

export function useSubmitJob() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }: { body: JobCreate; key: string }) =>
      unwrap(client.POST('/api/v1/jobs', { body, params: { header: { 'Idempotency-Key': key } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['stats'] }),
  });
}
