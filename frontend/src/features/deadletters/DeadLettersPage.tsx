import { Button, Group, Stack, Text } from '@mantine/core';
import { IconMailCheck, IconSearchOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { deadLettersQuery } from '@/api/deadLetters';
import { jobTypesQuery, queuesQuery } from '@/api/queries';
import type { DeadLetters } from '@/api/types';
import { formatCount, plural } from '@/lib/format';
import { ClearFilters } from '@/ui/ClearFilters';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { NameSelect } from '@/ui/NameSelect';
import { PageHead } from '@/ui/PageHead';
import { TimeRange } from '@/ui/TimeRange';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { ActionsPanel } from './ActionsPanel';
import { AskFirst } from './AskFirst';
import { GroupCard } from './GroupCard';
import { asSelection, type DeadLettersView, isNarrowed } from './words';

interface Props {
  view: DeadLettersView;
  onView: (change: Partial<DeadLettersView>) => void;
}

const NOTHING: DeadLettersView = {
  type: undefined,
  queue: undefined,
  error: undefined,
  from: undefined,
  to: undefined,
};

/** The failed jobs by what went wrong, to be retried or discarded, a group or all that match. */
export function DeadLettersPage({ view, onView }: Props) {
  usePageTitle('Dead letters');
  const live = usePolling({ isOpen: true });
  const found = useQuery({ ...deadLettersQuery(asSelection(view)), refetchInterval: live.polling.intervalMs });
  const refresh = () => void found.refetch();
  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={found.isFetching && found.isError}>
        Dead letters
      </PageHead>
      <Filters view={view} groups={found.data?.groups ?? []} onView={onView} />
      {found.isError && (
        <ErrorFace error={found.error} what="the dead letters" onRetry={refresh} isRetrying={found.isFetching} />
      )}
      {!found.isError && <ActionsPanel intervalMs={live.polling.intervalMs} />}
      {found.isPending && <LoadingFace what="the dead letters" />}
      {found.data && <Groups found={found.data} view={view} onView={onView} />}
    </Stack>
  );
}

interface FiltersProps extends Props {
  groups: DeadLetters['groups'];
}

function Filters({ view, groups, onView }: FiltersProps) {
  const types = useQuery(jobTypesQuery);
  const queues = useQuery(queuesQuery);
  const codes = [...new Set(groups.map((group) => group.error_code ?? '').filter(Boolean))].sort();
  return (
    <Group gap="xs">
      <NameSelect
        label="Type"
        names={types.data?.map(({ name }) => name) ?? []}
        value={view.type}
        onChange={(type) => onView({ type })}
      />
      <NameSelect
        label="Queue"
        names={queues.data?.queues.map(({ name }) => name) ?? []}
        value={view.queue}
        onChange={(queue) => onView({ queue })}
      />
      <NameSelect label="Error" names={codes} value={view.error} onChange={(error) => onView({ error })} />
      <TimeRange verb="Failed" from={view.from} to={view.to} onChange={onView} />
      {isNarrowed(view) && <ClearFilters onClear={() => onView(NOTHING)} />}
    </Group>
  );
}

interface GroupsProps extends Props {
  found: DeadLetters;
}

function Groups({ found: { groups, total, total_groups: totalGroups }, view, onView }: GroupsProps) {
  if (total === 0) return <NoDeadLetters view={view} onView={onView} />;
  const within = asSelection(view);
  const what = isNarrowed(view) ? 'all that match' : 'all failed jobs';
  return (
    <>
      <Group justify="space-between">
        <Text size="sm" className="hr-nums">
          <b>{plural(total, 'failed job')}</b> in {plural(totalGroups, 'group')}
          {totalGroups > groups.length && `; the ${formatCount(groups.length)} biggest are shown`}
        </Text>
        <Group gap={6}>
          <AskFirst verb="retry" wanted={within} what={what}>
            {`Retry all ${formatCount(total)}`}
          </AskFirst>
          <AskFirst verb="discard" wanted={within} what={what}>
            {`Discard all ${formatCount(total)}`}
          </AskFirst>
        </Group>
      </Group>
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Groups">
        {groups.map((group) => (
          <GroupCard key={group.fingerprint} group={group} within={within} />
        ))}
      </Stack>
    </>
  );
}

/** Nothing matches, and nothing at all, are two different things. */
function NoDeadLetters({ view, onView }: Props) {
  if (isNarrowed(view)) {
    return (
      <EmptyFace
        icon={IconSearchOff}
        title="Nothing matches"
        action={<Button onClick={() => onView(NOTHING)}>Clear the filters</Button>}
      >
        No failed job fits these filters.
      </EmptyFace>
    );
  }
  return (
    <EmptyFace icon={IconMailCheck} title="No dead letters">
      Jobs that failed for good land here, grouped by what went wrong, to be retried or discarded.
    </EmptyFace>
  );
}
