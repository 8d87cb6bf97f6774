import type { JobPage } from '@/api/types';

export interface Neighbours {
  newer: string | undefined;
  older: string | undefined;
}

/** The jobs beside this one in the list that was looked at last; `pages` are the lists, the last one first. */
export function neighboursIn(pages: readonly JobPage[], id: string): Neighbours {
  for (const { items } of pages) {
    const place = items.findIndex((job) => job.id === id);
    if (place >= 0) return { newer: items[place - 1]?.id, older: items[place + 1]?.id };
  }
  return { newer: undefined, older: undefined };
}
