import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';
import { PAGE_SIZE } from './queries';
import type { BulkAction, DeadLetterFilter, DryRun } from './types';

/** What can be done with dead letters: run them again, or delete them. */
export type DeadLetterVerb = 'retry' | 'discard';

/** Which failed jobs are meant. Nothing given means all of them. Times are ISO 8601 with a zone. */
export type Selection = Omit<Partial<DeadLetterFilter>, 'all' | 'dry_run'>;

const SHOWN_ACTIONS = 5;
const ACTIONS_KEY = ['bulk-actions'];
/** How soon a running action is asked after again. */
export const FOLLOW_MS = 1000;

export function deadLettersQuery(wanted: Omit<Selection, 'ids' | 'fingerprint'>) {
  return queryOptions({
    queryKey: ['dead-letters', wanted],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/dead-letters', { params: { query: withoutNothing(wanted) }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The failed jobs of one group, newest first. */
export function groupQuery(fingerprint: string, cursor: string | undefined) {
  return queryOptions({
    queryKey: ['dead-letter-jobs', fingerprint, cursor],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET('/api/v1/dead-letters/groups/{fingerprint}/jobs', {
          params: { path: { fingerprint }, query: { cursor, limit: PAGE_SIZE } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** The last things that were done with many jobs, newest first. */
export const actionsQuery = queryOptions({
  queryKey: ACTIONS_KEY,
  queryFn: ({ signal }) =>
    unwrap(client.GET('/api/v1/dead-letters/actions', { params: { query: { limit: SHOWN_ACTIONS } }, signal })),
});

/** Whether the scheduler still has to do something for it. */
export function isUnderWay({ status }: Pick<BulkAction, 'status'>): boolean {
  return status === 'pending' || status === 'running';
}

/** The body that means these jobs: `all` says that nothing narrows them. */
export function asBody(wanted: Selection, isDryRun: boolean): DeadLetterFilter {
  const narrowing = withoutNothing(wanted);
  return { ...narrowing, all: Object.keys(narrowing).length === 0, dry_run: isDryRun };
}

/** What an action would meet now; never from the cache. */
export function dryRunQuery(verb: DeadLetterVerb, wanted: Selection) {
  return queryOptions({
    queryKey: ['dry-run', verb, wanted],
    queryFn: async () => (await post(verb, asBody(wanted, true))) as DryRun,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

export function useDeadLetterAction(verb: DeadLetterVerb) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: Selection) => (await post(verb, asBody(wanted, false))) as BulkAction,
    onSuccess: () => cache.invalidateQueries({ queryKey: ACTIONS_KEY }),
  });
}

export function useStopAction() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(client.POST('/api/v1/dead-letters/actions/{action_id}/cancel', { params: { path: { action_id: id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: ACTIONS_KEY }),
  });
}

/** Refresh everything that retrying or discarding may have changed. */
export function useDeadLettersChanged(): () => void {
  const cache = useQueryClient();
  return () => {
    for (const key of ['dead-letters', 'dead-letter-jobs', 'jobs', 'stats', 'job']) {
      void cache.invalidateQueries({ queryKey: [key] });
    }
  };
}

function post(verb: DeadLetterVerb, body: DeadLetterFilter): Promise<DryRun | BulkAction> {
  return verb === 'retry'
    ? unwrap(client.POST('/api/v1/dead-letters/retry', { body }))
    : unwrap(client.POST('/api/v1/dead-letters/discard', { body }));
}

function withoutNothing<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)) as T;
}
