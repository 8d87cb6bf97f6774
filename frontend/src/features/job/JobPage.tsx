import { Box, Grid, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { IconFileOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { isApiError } from '@/api/client';
import { jobQuery } from '@/api/queries';
import { isFinal } from '@/api/status';
import type { JobDetail } from '@/api/types';
import { shortId } from '@/lib/format';
import { Allowed } from '@/ui/Allowed';
import { CopyButton } from '@/ui/CopyButton';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { BackLink } from '@/ui/PageHead';
import { Panel } from '@/ui/Panel';
import { PollingNote } from '@/ui/PollingNote';
import { StatusBadge } from '@/ui/StatusBadge';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { AttemptTimeline } from './AttemptTimeline';
import { Facts } from './Facts';
import { HiddenNote, IS_HIDDEN } from './HiddenNote';
import { History } from './History';
import { JobActions } from './JobActions';
import { JobErrorPanel } from './JobErrorPanel';
import { NeighbourLinks } from './NeighbourLinks';
import { PayloadPanel } from './PayloadPanel';
import type { PageViewProps } from './pages/view';
import { ResultPanel, useDocumented } from './ResultPanel';
import { WhyWaiting } from './WhyWaiting';

/** While somebody watches one job, its news are wanted sooner than a list's. */
const WATCH_MS = 1000;

interface Props extends PageViewProps {
  id: string;
  onDeleted: () => void;
}

export function JobPage({ id, onDeleted, view, onView }: Props) {
  usePageTitle(`Job ${shortId(id)}`);
  const { polling } = usePolling({ isOpen: true });
  const query = useQuery({
    ...jobQuery(id),
    refetchInterval: ({ state }) => {
      const isOver = state.data ? isFinal(state.data.job.status) : isGone(state.error);
      return isOver || polling.intervalMs === false ? false : Math.min(WATCH_MS, polling.intervalMs);
    },
  });
  const job = query.data?.job;
  const shownPolling = job && isFinal(job.status) ? ({ state: 'idle', intervalMs: false } as const) : polling;
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Group gap="md">
          <BackLink to="/jobs">All jobs</BackLink>
          <NeighbourLinks id={id} />
        </Group>
        {!isGone(query.error) && (
          <PollingNote
            polling={shownPolling.state === 'live' ? { state: 'live', intervalMs: WATCH_MS } : shownPolling}
            onRefresh={() => void query.refetch()}
            isFetching={query.isFetching && query.isError}
          />
        )}
      </Group>
      {!job && !isGone(query.error) && (
        <Title order={1} size="h3">
          Job {shortId(id)}
        </Title>
      )}
      {query.isPending && <LoadingFace what="the job" />}
      {query.isError && isGone(query.error) && !job && (
        <EmptyFace
          isPage
          icon={IconFileOff}
          title="No such job"
          action={<LinkButton to="/jobs">To the jobs</LinkButton>}
        >
          It was deleted, or never existed. Ended jobs are kept for a time that the server&apos;s settings say.
        </EmptyFace>
      )}
      {query.isError && (job || !isGone(query.error)) && (
        <ErrorFace
          error={query.error}
          what="the job"
          onRetry={() => void query.refetch()}
          isRetrying={query.isFetching}
        />
      )}
      {job && <Content job={job} intervalMs={polling.intervalMs} onDeleted={onDeleted} view={view} onView={onView} />}
    </Stack>
  );
}

/** An unknown id, or one that is no id at all. */
function isGone(error: unknown): boolean {
  return isApiError(error) && (error.status === 404 || error.status === 422);
}

interface ContentProps extends PageViewProps {
  job: JobDetail;
  intervalMs: number | false;
  onDeleted: () => void;
}

function Content({ job, intervalMs, onDeleted, view, onView }: ContentProps) {
  const documented = useDocumented(job);
  const result = <ResultPanel job={job} documented={documented} view={view} onView={onView} />;
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Box>
          <Group gap="sm" role="status">
            <Title order={1} size="h3">
              {job.type}
            </Title>
            <StatusBadge status={job.status} isCancelling={job.cancel_requested} size="lg" />
          </Group>
          <Group gap={4} mt={4} wrap="nowrap">
            <Text className="hr-mono" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {job.id}
            </Text>
            <CopyButton text={job.id} label="Copy id" />
          </Group>
        </Box>
        <Allowed right="jobs:write">
          <JobActions job={job} onDeleted={onDeleted} />
        </Allowed>
      </Group>
      {job.progress && !isFinal(job.status) && <JobProgress progress={job.progress} />}
      <WhyWaiting job={job} intervalMs={intervalMs} />
      {job.payload_hidden && <HiddenNote />}
      <JobErrorPanel job={job} />
      {documented.isWide && result}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            {!documented.isWide && result}
            <PayloadPanel
              title="Input"
              value={job.payload_hidden ? null : job.input}
              fileName={`input-${job.id}`}
              empty={job.payload_hidden ? IS_HIDDEN : 'Nothing.'}
            />
            <History events={job.events} attempts={job.attempts} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack gap="md">
            <Panel title="Attempts">
              <AttemptTimeline job={job} />
            </Panel>
            <Facts job={job} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function JobProgress({ progress }: { progress: NonNullable<JobDetail['progress']> }) {
  const percent = progress.total > 0 ? Math.min(100, (100 * progress.done) / progress.total) : 0;
  const label = `${progress.done} of ${progress.total}${progress.message ? `: ${progress.message}` : ''}`;
  return (
    <Box>
      <Text size="sm" mb={4}>
        {label}
      </Text>
      <Progress value={percent} aria-label={label} />
    </Box>
  );
}
