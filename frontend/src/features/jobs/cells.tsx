import { Text, Tooltip } from '@mantine/core';
import type { JobSummary } from '@/api/types';
import { formatDuration, msBetween } from '@/lib/format';
import { useNow } from '@/ui/useNow';

/** How long the last attempt ran, or runs. */
export function DurationCell({ job }: { job: JobSummary }) {
  return job.status === 'processing' ? <RunningDuration job={job} /> : <Shown job={job} until={job.finished_at} />;
}

function RunningDuration({ job }: { job: JobSummary }) {
  return <Shown job={job} until={useNow()} />;
}

function Shown({ job, until }: { job: JobSummary; until: string | number | null }) {
  return (
    <Text span inherit className="hr-nums">
      {formatDuration(msBetween(job.started_at, until))}
    </Text>
  );
}

export function AttemptsCell({ job }: { job: JobSummary }) {
  const refused = job.refusals > 0 ? `; refused ${job.refusals} of ${job.max_refusals} times` : '';
  const said = `Attempt ${job.attempt}; ${job.attempts_used} of ${job.max_attempts} count${refused}`;
  return (
    <Tooltip label={said} openDelay={200}>
      <Text span inherit className="hr-nums">
        {job.attempts_used} / {job.max_attempts}
      </Text>
    </Tooltip>
  );
}

export function ErrorCell({ job }: { job: JobSummary }) {
  if (!job.error) return null;
  return (
    <Tooltip label={job.error.message} multiline maw={420} openDelay={200}>
      <Text span className="hr-mono" c="var(--mantine-color-error)">
        {job.error.code}
      </Text>
    </Tooltip>
  );
}

export function WorkerCell({ worker }: { worker: string | null }) {
  if (!worker) return null;
  return (
    <Text span inherit title={worker} truncate display="block" maw={170}>
      {worker.replace(/^worker-/, '')}
    </Text>
  );
}
