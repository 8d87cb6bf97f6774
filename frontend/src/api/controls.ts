import { useMutation, useQueryClient } from '@tanstack/react-query';
import { client, unwrap } from './client';
import { queuesQuery } from './queries';
import type { Control, Queues } from './types';

export type FlowScope = 'queue' | 'type';

/** What holds jobs of a queue or type back, or no longer does. A limit of null: any number may run. */
export type ControlChange = { kind: 'pause' } | { kind: 'resume' } | { kind: 'limit'; maxRunning: number | null };

export function changeControl(scope: FlowScope, name: string, change: ControlChange): Promise<Control> {
  const params = { path: { name } };
  if (change.kind === 'limit') {
    const body = { max_running: change.maxRunning };
    return scope === 'queue'
      ? unwrap(client.PUT('/api/v1/queues/{name}/limit', { params, body }))
      : unwrap(client.PUT('/api/v1/job-types/{name}/limit', { params, body }));
  }
  if (change.kind === 'pause') {
    return scope === 'queue'
      ? unwrap(client.POST('/api/v1/queues/{name}/pause', { params }))
      : unwrap(client.POST('/api/v1/job-types/{name}/pause', { params }));
  }
  return scope === 'queue'
    ? unwrap(client.POST('/api/v1/queues/{name}/resume', { params }))
    : unwrap(client.POST('/api/v1/job-types/{name}/resume', { params }));
}

/** The queues and types with what was just set for one of them. */
export function withControl(known: Queues, scope: FlowScope, control: Control): Queues {
  const apply = <T extends Control>(one: T): T => (one.name === control.name ? { ...one, ...control } : one);
  return scope === 'queue'
    ? { ...known, queues: known.queues.map(apply) }
    : { ...known, types: known.types.map(apply) };
}

/** Change one control; the answer is shown at once, then everything it may have moved is asked for again. */
export function useControlChange(scope: FlowScope, name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: ControlChange) => changeControl(scope, name, change),
    onSuccess: async (control) => {
      // An answer on its way may still tell the old state.
      await cache.cancelQueries({ queryKey: queuesQuery.queryKey });
      cache.setQueryData(queuesQuery.queryKey, (known) => known && withControl(known, scope, control));
      const keys = [queuesQuery.queryKey, ['backlog'], ['explain'], ['stats']];
      void Promise.all(keys.map((queryKey) => cache.invalidateQueries({ queryKey })));
    },
  });
}
