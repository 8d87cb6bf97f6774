import { Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { isApiError } from '@/api/client';
import { explainQuery } from '@/api/queries';
import { isFinal } from '@/api/status';
import type { Explanation, JobDetail, Reason } from '@/api/types';
import { withLocalTimes } from '@/lib/format';
import { AppLink } from '@/ui/AppLink';
import { ErrorFace } from '@/ui/Faces';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { useNow } from '@/ui/useNow';
import { isSoon, lookOf } from './reasons';

interface Props {
  job: JobDetail;
  /** How often to ask while the job stays as it is. */
  intervalMs: number | false;
}

/** Why the job has not started, and when it should; one line while it runs, nothing when it has ended. */
export function WhyWaiting({ job, intervalMs }: Props) {
  const isOver = isFinal(job.status);
  const found = useQuery({ ...explainQuery(job), enabled: !isOver, refetchInterval: intervalMs });
  if (isOver) return null;
  // What is said of another state than the one above it would only confuse.
  if (found.data?.status === job.status) return <Shown job={job} explanation={found.data} />;
  // The page itself says when the API is away, or the job gone.
  const isOwn = isApiError(found.error) && !found.error.isAway && found.error.status !== 404;
  if (!isOwn) return null;
  return (
    <ErrorFace
      error={found.error}
      what="why it waits"
      onRetry={() => void found.refetch()}
      isRetrying={found.isFetching}
    />
  );
}

function Shown({ job, explanation }: { job: JobDetail; explanation: Explanation }) {
  if (job.status === 'processing') {
    return (
      <Text size="sm" c="dimmed" data-testid="explanation" style={{ overflowWrap: 'anywhere' }}>
        {withLocalTimes(explanation.summary)}
      </Text>
    );
  }
  const { reasons, jobs_ahead: jobsAhead, starts_at: startsAt } = explanation;
  return (
    <Panel
      title="Why does it wait?"
      hint={jobsAhead === 0 ? 'next in line' : null}
      aside={<Start startsAt={startsAt} />}
      data-testid="explanation"
    >
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {reasons.map((reason) => (
          <ReasonLine key={`${reason.code} ${reason.message}`} reason={reason} queue={job.queue} />
        ))}
      </Stack>
    </Panel>
  );
}

function Start({ startsAt }: { startsAt: string | null }) {
  const now = useNow();
  return (
    <Text size="sm" component="div" c={startsAt ? undefined : 'dimmed'}>
      {startsAt === null ? (
        'No estimate of its start'
      ) : isSoon(startsAt, now) ? (
        'Should start any moment'
      ) : (
        <>
          Should start <RelativeTime at={startsAt} ahead fw={600} />
        </>
      )}
    </Text>
  );
}

function ReasonLine({ reason, queue }: { reason: Reason; queue: string }) {
  const { icon: Icon, tone, way } = lookOf(reason.code);
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <ThemeIcon variant="light" color={tone} size={24} radius="xl" aria-hidden>
        <Icon size={14} />
      </ThemeIcon>
      <Text size="sm" component="div" pt={2} style={{ overflowWrap: 'anywhere' }}>
        {withLocalTimes(reason.message)}{' '}
        {way === 'queues' && (
          <AppLink to="/queues" underline="always" inherit>
            To the queues
          </AppLink>
        )}
        {way === 'providers' && (
          <AppLink to="/providers" underline="always" inherit>
            To the providers
          </AppLink>
        )}
        {way === 'backlog' && (
          <AppLink to="/queues/$name" params={{ name: queue }} underline="always" inherit>
            See the backlog
          </AppLink>
        )}
      </Text>
    </Group>
  );
}
