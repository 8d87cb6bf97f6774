import { Checkbox, Group, Paper, Stack, Text } from '@mantine/core';
import type { JobSummary } from '@/api/types';
import { shortId } from '@/lib/format';
import { IdCell } from '@/ui/IdCell';
import { RelativeTime } from '@/ui/RelativeTime';
import { StatusBadge } from '@/ui/StatusBadge';
import { AttemptsCell, DurationCell, ErrorCell } from './cells';

interface Props {
  jobs: JobSummary[];
  selected: JobSummary[];
  /** Without it none can be selected. */
  onSelect: ((jobs: JobSummary[]) => void) | undefined;
}

/** The list on a narrow screen. */
export function JobCards({ jobs, selected, onSelect }: Props) {
  const toggle = (job: JobSummary, isOn: boolean) =>
    onSelect?.(isOn ? [...selected, job] : selected.filter(({ id }) => id !== job.id));
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Jobs">
      {jobs.map((job) => (
        <Paper key={job.id} withBorder p="sm" component="li">
          <Group justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              {onSelect && (
                <Checkbox
                  aria-label={`Select job ${shortId(job.id)}`}
                  checked={selected.some(({ id }) => id === job.id)}
                  onChange={(event) => toggle(job, event.currentTarget.checked)}
                />
              )}
              <Text fw={600}>{job.type}</Text>
            </Group>
            <StatusBadge status={job.status} isCancelling={job.cancel_requested} />
          </Group>
          <Group justify="space-between" mt={6}>
            <IdCell id={job.id} />
            <Text size="sm" c="dimmed" component="div">
              <RelativeTime at={job.created_at} />
            </Text>
          </Group>
          <Group justify="space-between" mt={2}>
            <Text size="sm" c="dimmed" component="div">
              {job.started_at ? (
                <>
                  Ran <DurationCell job={job} /> ·{' '}
                </>
              ) : (
                'Not started · '
              )}
              attempt <AttemptsCell job={job} />
            </Text>
            <ErrorCell job={job} />
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}
