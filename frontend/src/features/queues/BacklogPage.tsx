import { Group, Stack, Text, Title } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { isApiError } from '@/api/client';
import { backlogQuery, PAGE_SIZE, queuesQuery } from '@/api/queries';
import type { Queue } from '@/api/types';
import { formatSeconds, plural } from '@/lib/format';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { BackLink, PageHead } from '@/ui/PageHead';
import { Pager } from '@/ui/Pager';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { BacklogTable } from './BacklogTable';
import { PausedBadge } from './cells';
import { FlowActions } from './FlowActions';
import { loadOf } from './words';

interface Props {
  name: string;
  cursor: string | undefined;
  /** How many pages stand before this one; null: nobody knows. */
  pagesBefore: number | null;
  onNext: (cursor: string) => void;
  onPrevious: () => void;
}

/** A queue's backlog: the jobs that are due, in the order in which they will start. */
export function BacklogPage({ name, cursor, pagesBefore, onNext, onPrevious }: Props) {
  usePageTitle(`Queue ${name}`);
  const live = usePolling({ isOpen: true });
  const backlog = useQuery({ ...backlogQuery(name, cursor), refetchInterval: live.polling.intervalMs });
  const queues = useQuery({ ...queuesQuery, refetchInterval: live.polling.intervalMs });
  const queue = queues.data?.queues.find((one) => one.name === name);
  const refresh = () => void Promise.all([backlog.refetch(), queues.refetch()]);
  if (isUnknown(backlog.error)) return <NoQueue name={name} />;
  const items = backlog.data?.items ?? [];
  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={backlog.isFetching && backlog.isError}>
        <BackLink to="/queues">All queues</BackLink>
      </PageHead>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
            Queue {name}
          </Title>
          {queue?.paused_at && <PausedBadge since={queue.paused_at} />}
        </Group>
        {queue && <FlowActions scope="queue" one={queue} />}
      </Group>
      {queue && (
        <Text size="sm" c="dimmed">
          {describe(queue)}
        </Text>
      )}
      {backlog.isError &&
        (isLost(backlog.error) ? (
          <EmptyFace
            icon={IconStack2}
            title="The backlog has moved on"
            action={
              <LinkButton to="/queues/$name" params={{ name }}>
                To its front
              </LinkButton>
            }
          >
            The job that this page began after is gone.
          </EmptyFace>
        ) : (
          <ErrorFace error={backlog.error} what="the backlog" onRetry={refresh} isRetrying={backlog.isFetching} />
        ))}
      {backlog.isPending && <LoadingFace what="the backlog" />}
      {backlog.data && items.length === 0 && (
        <EmptyFace icon={IconStack2} title="Nobody waits here">
          Jobs of this queue that are due stand here until a worker takes them.
        </EmptyFace>
      )}
      {items.length > 0 && (
        <BacklogTable jobs={items} placesBefore={pagesBefore === null ? null : pagesBefore * PAGE_SIZE} />
      )}
      <Pager
        isFirst={!cursor}
        back={cursor && pagesBefore === null ? 'Front' : 'Previous'}
        on="Next"
        next={backlog.data?.next_cursor ?? null}
        onPrevious={onPrevious}
        onNext={onNext}
      />
    </Stack>
  );
}

function isUnknown(error: unknown): boolean {
  return isApiError(error) && (error.status === 404 || error.code === 'invalid_request');
}

function isLost(error: unknown): boolean {
  return isApiError(error) && error.code === 'bad_cursor';
}

function describe(queue: Queue): string {
  const oldest = queue.oldest_waiting_s === null ? '' : `, the oldest for ${formatSeconds(queue.oldest_waiting_s)}`;
  const runs = `${loadOf(queue).text} ${queue.max_running === null ? 'slots busy' : 'running (limit)'}`;
  return `${plural(queue.waiting, 'job')} waiting${oldest}; ${queue.scheduled} scheduled; ${runs}.`;
}

function NoQueue({ name }: { name: string }) {
  return (
    <EmptyFace
      isPage
      icon={IconStack2}
      title="No such queue"
      action={<LinkButton to="/queues">To the queues</LinkButton>}
    >
      There is no queue {name}.
    </EmptyFace>
  );
}
