import { Group, Paper, Stack, Text } from '@mantine/core';
import type { JobSummary } from '@/api/types';
import { plural, shortId } from '@/lib/format';
import { IdCell } from '@/ui/IdCell';
import { RelativeTime } from '@/ui/RelativeTime';
import { AskFirst } from './AskFirst';

/** The jobs of a group: their own messages, and what can be done with one. */
export function FailedJobs({ jobs }: { jobs: JobSummary[] }) {
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Jobs">
      {jobs.map((job) => (
        <Paper key={job.id} withBorder p="sm" component="li">
          <Group justify="space-between" gap="xs">
            <Group gap="md">
              <IdCell id={job.id} />
              <Text size="sm" c="dimmed" component="div">
                {job.finished_at && (
                  <>
                    failed <RelativeTime at={job.finished_at} /> ·{' '}
                  </>
                )}
                queue {job.queue} · {plural(job.attempts_used, 'attempt')}
              </Text>
            </Group>
            <Group gap={6}>
              <AskFirst verb="retry" wanted={{ ids: [job.id] }} what={`job ${shortId(job.id)}`}>
                Retry
              </AskFirst>
              <AskFirst verb="discard" wanted={{ ids: [job.id] }} what={`job ${shortId(job.id)}`}>
                Discard
              </AskFirst>
            </Group>
          </Group>
          <Text size="sm" mt={4} lineClamp={2} style={{ overflowWrap: 'anywhere' }} title={job.error?.message}>
            {job.error?.message}
          </Text>
        </Paper>
      ))}
    </Stack>
  );
}
