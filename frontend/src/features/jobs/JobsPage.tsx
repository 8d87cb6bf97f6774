import { Button, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconInbox, IconSearchOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { jobsQuery, jobTypesQuery, statsQuery } from '@/api/queries';
import { useMay } from '@/api/rights';
import { countAll, countOpen, isFinal, STATUS } from '@/api/status';
import type { JobSummary } from '@/api/types';
import { Allowed } from '@/ui/Allowed';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { PageHead } from '@/ui/PageHead';
import { Pager } from '@/ui/Pager';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { BulkBar } from './BulkBar';
import { Filters } from './Filters';
import { JobCards } from './JobCards';
import { JobsTable } from './JobsTable';
import { StatusTabs } from './StatusTabs';
import { asFilter, isNarrowed, type JobsView } from './view';

interface Props {
  view: JobsView;
  /** The page before this one is known. */
  hasTrail: boolean;
  onView: (change: Partial<JobsView>) => void;
  onNext: (cursor: string) => void;
  onPrevious: () => void;
  onOpenJob: (id: string) => void;
}

export function JobsPage({ view, hasTrail, onView, onNext, onPrevious, onOpenJob }: Props) {
  usePageTitle(view.status ? `${STATUS[view.status].label} jobs` : 'Jobs');
  const isNarrow = useMediaQuery('(max-width: 62em)', undefined, { getInitialValueInEffect: false });
  const [selected, setSelected] = useState<JobSummary[]>([]);
  const [isOpen, setOpen] = useState(true);
  const live = usePolling({ isOpen, selected: selected.length });

  const stats = useQuery({ ...statsQuery, refetchInterval: live.polling.intervalMs });
  const jobs = useQuery({ ...jobsQuery(asFilter(view)), refetchInterval: live.polling.intervalMs });
  const types = useQuery(jobTypesQuery);
  const onSelect = useMay('jobs:write') ? setSelected : undefined;

  const items = jobs.data?.items ?? [];
  const mayChange =
    (stats.data ? countOpen(stats.data.by_status) > 0 : true) || items.some(({ status }) => !isFinal(status));
  const isAway = jobs.isError || stats.isError;
  useEffect(() => setOpen(mayChange || isAway), [mayChange, isAway]);

  const refresh = () => void Promise.all([jobs.refetch(), stats.refetch()]);
  const change = (next: Partial<JobsView>) => {
    setSelected([]);
    onView(next);
  };

  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={jobs.isFetching && !jobs.isPlaceholderData && jobs.isError}>
        Jobs
      </PageHead>
      <StatusTabs status={view.status} counts={stats.data?.by_status} onChange={(status) => change({ status })} />
      <Filters
        view={view}
        types={types.data?.map(({ name }) => name) ?? []}
        queues={Object.keys(stats.data?.by_queue ?? {})}
        onChange={change}
        onOpenJob={onOpenJob}
      />
      {selected.length > 0 && <BulkBar selected={selected} onDone={() => setSelected([])} />}
      {jobs.isError && <ErrorFace error={jobs.error} what="the jobs" onRetry={refresh} isRetrying={jobs.isFetching} />}
      {jobs.isPending && <LoadingFace what="jobs" />}
      {jobs.data && items.length === 0 && (
        <NoJobs view={view} total={stats.data && countAll(stats.data.by_status)} onView={change} />
      )}
      {items.length > 0 &&
        (isNarrow ? (
          <JobCards jobs={items} selected={selected} onSelect={onSelect} />
        ) : (
          <JobsTable
            jobs={items}
            selected={selected}
            onSelect={onSelect}
            onOpen={onOpenJob}
            isStale={jobs.isPlaceholderData}
          />
        ))}
      <Pager
        isFirst={!view.cursor}
        back={!view.cursor || hasTrail ? 'Newer' : 'Newest'}
        on="Older"
        next={jobs.data?.next_cursor ?? null}
        onPrevious={() => {
          setSelected([]);
          onPrevious();
        }}
        onNext={(cursor) => {
          setSelected([]);
          onNext(cursor);
        }}
      />
    </Stack>
  );
}

interface NoJobsProps {
  view: JobsView;
  total: number | undefined;
  onView: (change: Partial<JobsView>) => void;
}

/** Nothing matches, nothing in this state, and nothing at all are three different things. */
function NoJobs({ view, total, onView }: NoJobsProps) {
  if (isNarrowed(view) || view.cursor) {
    const nothing = { q: undefined, type: undefined, queue: undefined, from: undefined, to: undefined };
    return (
      <EmptyFace
        icon={IconSearchOff}
        title="Nothing matches"
        action={<Button onClick={() => onView(nothing)}>Clear the filters</Button>}
      >
        No job fits these filters.
      </EmptyFace>
    );
  }
  if (view.status && total !== 0) {
    return (
      <EmptyFace icon={IconInbox} title={`Nothing is ${STATUS[view.status].label.toLowerCase()}`}>
        {STATUS[view.status].meaning}
      </EmptyFace>
    );
  }
  return (
    <EmptyFace
      icon={IconInbox}
      title="No jobs yet"
      action={
        <Allowed right="jobs:write">
          <LinkButton to="/new">Submit a job</LinkButton>
        </Allowed>
      }
    >
      Jobs land here as soon as they are submitted, by this page, the API or the command line.
    </EmptyFace>
  );
}
