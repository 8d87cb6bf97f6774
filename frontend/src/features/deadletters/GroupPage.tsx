import { Group, Stack, Text, Title } from '@mantine/core';
import { IconMailCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { isApiError } from '@/api/client';
import { groupQuery } from '@/api/deadLetters';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { BackLink, PageHead } from '@/ui/PageHead';
import { Pager } from '@/ui/Pager';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { ActionsPanel } from './ActionsPanel';
import { AskFirst } from './AskFirst';
import { FailedJobs } from './FailedJobs';

interface Props {
  fingerprint: string;
  cursor: string | undefined;
  /** The page before this one is known. */
  hasTrail: boolean;
  onNext: (cursor: string) => void;
  onPrevious: () => void;
}

/** The failed jobs of one group, newest first. */
export function GroupPage({ fingerprint, cursor, hasTrail, onNext, onPrevious }: Props) {
  const live = usePolling({ isOpen: true });
  const found = useQuery({ ...groupQuery(fingerprint, cursor), refetchInterval: live.polling.intervalMs });
  const jobs = found.data?.items ?? [];
  const newest = jobs[0];
  const code = newest?.error?.code ?? 'no code';
  const title = newest ? `${code} of ${newest.type}` : 'Dead letters of one group';
  usePageTitle(title);
  const isGone = found.data && !newest;
  const isUnknown = isApiError(found.error) && found.error.status === 422;
  const refresh = () => void found.refetch();
  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={found.isFetching && found.isError}>
        <BackLink to="/dead-letters">All groups</BackLink>
      </PageHead>
      <Group justify="space-between">
        <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {newest && (
          <Group gap={6}>
            <AskFirst verb="retry" wanted={{ fingerprint }} what="all of this group">
              Retry all
            </AskFirst>
            <AskFirst verb="discard" wanted={{ fingerprint }} what="all of this group">
              Discard all
            </AskFirst>
          </Group>
        )}
      </Group>
      {newest?.error && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {newest.error.message}
        </Text>
      )}
      {found.isError && !isUnknown && (
        <ErrorFace error={found.error} what="the group" onRetry={refresh} isRetrying={found.isFetching} />
      )}
      {!found.isError && <ActionsPanel intervalMs={live.polling.intervalMs} />}
      {found.isPending && <LoadingFace what="the group" />}
      {(isGone || isUnknown) && (
        <EmptyFace
          icon={IconMailCheck}
          title="Nothing is left of this group"
          action={<LinkButton to="/dead-letters">To the dead letters</LinkButton>}
        >
          Its jobs were retried, discarded or cleaned up, or there never was such a group.
        </EmptyFace>
      )}
      {newest && <FailedJobs jobs={jobs} />}
      <Pager
        isFirst={!cursor}
        back={!cursor || hasTrail ? 'Newer' : 'Newest'}
        on="Older"
        next={found.data?.next_cursor ?? null}
        onPrevious={onPrevious}
        onNext={onNext}
      />
    </Stack>
  );
}
