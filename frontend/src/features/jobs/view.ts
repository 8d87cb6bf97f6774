import type { JobFilter } from '@/api/queries';
import type { ShownStatus } from '@/api/types';

/** What the page shows, as its address says it. */
export interface JobsView {
  status?: ShownStatus | undefined;
  type?: string | undefined;
  queue?: string | undefined;
  /** The first characters of an id. */
  q?: string | undefined;
  /** Created from and before, ISO 8601 with a zone. */
  from?: string | undefined;
  to?: string | undefined;
  cursor?: string | undefined;
}

export function asFilter(view: JobsView): JobFilter {
  return {
    status: view.status,
    type: view.type,
    queue: view.queue,
    id_prefix: view.q,
    created_from: view.from,
    created_to: view.to,
    cursor: view.cursor,
  };
}

/** Whether anything but the state tab narrows the list. */
export function isNarrowed(view: JobsView): boolean {
  return Boolean(view.type || view.queue || view.q || view.from || view.to);
}

/** The same list from a terminal. */
export function asCurl(view: JobsView, origin: string): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(asFilter(view))) if (value) params.set(key, value);
  const query = params.toString();
  return `curl -s -H "X-Service-Token: $TOKEN" '${origin}/api/v1/jobs${query ? `?${query}` : ''}'`;
}
