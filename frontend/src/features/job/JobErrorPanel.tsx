import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { JobDetail } from '@/api/types';
import { JsonView } from '@/ui/JsonView';

/** Why the job failed, or why its last attempt did. */
export function JobErrorPanel({ job }: { job: JobDetail }) {
  if (!job.error) return null;
  const isFinal = job.status === 'failed';
  return (
    <Alert
      color={isFinal ? 'red' : 'orange'}
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={isFinal ? `Failed: ${job.error.code}` : `The last attempt failed: ${job.error.code}`}
    >
      <Stack gap="xs">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {job.error.message}
        </Text>
        {job.error.pointer && (
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            In the model&apos;s output at <span className="hr-mono">{job.error.pointer}</span>
          </Text>
        )}
        {job.error.cause && <JsonView value={job.error.cause} />}
      </Stack>
    </Alert>
  );
}
