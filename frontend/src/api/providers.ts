import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';

export const METRICS_DAYS = 7;
const METRICS_STALE_MS = 10_000;

/** All providers: their models, quotas and breakers, and the aliases that jobs may say. */
export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: ({ signal }) => unwrap(client.GET('/api/v1/providers', { signal })),
});

/** How a provider is. A key of its own, so that the list's refresh does not ask for it. */
export function providerStatusQuery(name: string) {
  return queryOptions({
    queryKey: ['provider-status', name],
    queryFn: ({ signal }) =>
      unwrap(client.GET('/api/v1/providers/{name}/status', { params: { path: { name } }, signal })),
  });
}

/** A provider's last seven days, oldest first; the last one is today, by UTC. */
export function providerMetricsQuery(name: string) {
  return queryOptions({
    queryKey: ['provider-metrics', name],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET('/api/v1/providers/{name}/metrics', {
          params: { path: { name }, query: { days: METRICS_DAYS } },
          signal,
        }),
      ),
    staleTime: METRICS_STALE_MS,
  });
}

/** What jobs cost on one day, in UTC. */
export function dayCostsQuery(day: string) {
  return queryOptions({
    queryKey: ['costs', day],
    queryFn: ({ signal }) => unwrap(client.GET('/api/v1/costs', { params: { query: { from: day, to: day } }, signal })),
  });
}

/** Have a provider checked now instead of up to a minute ago. */
export function useStatusRefresh(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        client.GET('/api/v1/providers/{name}/status', { params: { path: { name }, query: { force_refresh: true } } }),
      ),
    onSuccess: (status) => cache.setQueryData(providerStatusQuery(name).queryKey, status),
  });
}

export type BreakerVerb = 'open' | 'close' | 'reset';

export function switchBreaker(name: string, verb: BreakerVerb): Promise<unknown> {
  const params = { path: { name } };
  switch (verb) {
    case 'open':
      return unwrap(client.POST('/api/v1/providers/{name}/breaker/open', { params }));
    case 'close':
      return unwrap(client.POST('/api/v1/providers/{name}/breaker/close', { params }));
    case 'reset':
      return unwrap(client.POST('/api/v1/providers/{name}/breaker/reset', { params }));
  }
}

function useProviderChanged(name: string) {
  const cache = useQueryClient();
  return () =>
    Promise.all(
      [providersQuery.queryKey, ['provider-status', name], ['explain']].map((queryKey) =>
        cache.invalidateQueries({ queryKey }),
      ),
    );
}

export function useBreakerSwitch(name: string) {
  const changed = useProviderChanged(name);
  return useMutation({ mutationFn: (verb: BreakerVerb) => switchBreaker(name, verb), onSuccess: changed });
}

/** `model` null: every model of the provider. `quota` null: as configured; empty: no limit. */
export interface QuotaChange {
  model: string | null;
  quota: string | null;
}

export function useQuotaChange(name: string) {
  const changed = useProviderChanged(name);
  return useMutation({
    mutationFn: (body: QuotaChange) =>
      unwrap(client.PUT('/api/v1/providers/{name}/quota', { params: { path: { name } }, body })),
    onSuccess: changed,
  });
}

/** Ask a model a dozen small questions, which may take minutes. What is found changes nothing. */
export function useModelCheck(name: string) {
  return useMutation({
    mutationFn: (model: string) =>
      unwrap(client.POST('/api/v1/providers/{name}/check', { params: { path: { name } }, body: { model } })),
  });
}

/** Forget what refusals taught about a model. */
export function useForget(name: string) {
  const changed = useProviderChanged(name);
  return useMutation({
    mutationFn: (model: string) =>
      unwrap(client.POST('/api/v1/providers/{name}/forget', { params: { path: { name } }, body: { model } })),
    onSuccess: changed,
  });
}
