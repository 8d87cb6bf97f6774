import { Group } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobPage } from '@/api/types';
import { LinkButton } from '@/ui/LinkButton';
import { neighboursIn } from './neighbours';

/** Ways to the jobs beside this one in the list that somebody came from; nothing without such a list. */
export function NeighbourLinks({ id }: { id: string }) {
  const cache = useQueryClient();
  const [{ newer, older }] = useState(() => {
    const lists = cache.getQueryCache().findAll({ queryKey: ['jobs'] });
    const lastFirst = lists.toSorted((one, other) => other.state.dataUpdatedAt - one.state.dataUpdatedAt);
    const pages = lastFirst.map(({ state }) => state.data as JobPage | undefined);
    return neighboursIn(
      pages.filter((page) => page !== undefined),
      id,
    );
  });
  if (!newer && !older) return null;
  return (
    <Group gap={4} component="nav" aria-label="Jobs beside this one">
      {newer && (
        <LinkButton
          variant="default"
          size="compact-sm"
          to="/jobs/$jobId"
          params={{ jobId: newer }}
          leftSection={<IconChevronLeft size={15} aria-hidden />}
        >
          Newer
        </LinkButton>
      )}
      {older && (
        <LinkButton
          variant="default"
          size="compact-sm"
          to="/jobs/$jobId"
          params={{ jobId: older }}
          rightSection={<IconChevronRight size={15} aria-hidden />}
        >
          Older
        </LinkButton>
      )}
    </Group>
  );
}
