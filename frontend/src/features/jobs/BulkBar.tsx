import { Button, Group, Modal, Paper, Progress, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBan, IconRepeat, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { actOnJob, actOnJobs, type BulkOutcome, type JobAction, useJobsChanged } from '@/api/actions';
import { canCancel, canRetry } from '@/api/status';
import type { JobSummary } from '@/api/types';
import { plural } from '@/lib/format';

const DONE = { cancel: 'cancelled', retry: 'retried', delete: 'deleted' } satisfies Record<JobAction, string>;

/** What to say after a bulk action. */
export function describeOutcome(action: JobAction, { done, refused }: BulkOutcome): string {
  const codes = Object.entries(refused).map(([code, count]) => `${count} × ${code}`);
  return `${plural(done, 'job')} ${DONE[action]}${codes.length > 0 ? `; refused: ${codes.join(', ')}` : ''}.`;
}

interface Props {
  selected: JobSummary[];
  onDone: () => void;
}

export function BulkBar({ selected, onDone }: Props) {
  const changed = useJobsChanged();
  const [isAsking, asking] = useDisclosure(false);
  const [progress, setProgress] = useState<{ ended: number; of: number } | null>(null);

  const run = async (action: JobAction, jobs: JobSummary[]) => {
    setProgress({ ended: 0, of: jobs.length });
    const ids = jobs.map(({ id }) => id);
    const outcome = await actOnJobs(action, ids, actOnJob, (ended) => setProgress({ ended, of: jobs.length }));
    setProgress(null);
    const isClean = Object.keys(outcome.refused).length === 0;
    notifications.show({ message: describeOutcome(action, outcome), color: isClean ? 'teal' : 'orange' });
    onDone();
    await changed();
  };

  const cancellable = selected.filter(canCancel);
  const retryable = selected.filter(canRetry);
  const isBusy = progress !== null;
  return (
    <Paper withBorder p="xs" bg="var(--mantine-color-indigo-light)" role="region" aria-label="Selection">
      <Group gap="xs">
        <Text fw={600} size="sm" c="var(--mantine-color-indigo-light-color)" px={4}>
          {plural(selected.length, 'job')} selected
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconBan size={15} aria-hidden />}
          disabled={isBusy || cancellable.length === 0}
          onClick={() => run('cancel', cancellable)}
        >
          Cancel {cancellable.length}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconRepeat size={15} aria-hidden />}
          disabled={isBusy || retryable.length === 0}
          onClick={() => run('retry', retryable)}
        >
          Retry {retryable.length}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconTrash size={15} aria-hidden />}
          disabled={isBusy}
          onClick={asking.open}
        >
          Delete {selected.length}
        </Button>
        <Button size="compact-sm" variant="subtle" disabled={isBusy} onClick={onDone}>
          Clear selection
        </Button>
      </Group>
      {progress && (
        <Progress
          mt="xs"
          value={(100 * progress.ended) / progress.of}
          aria-label={`${progress.ended} of ${progress.of} done`}
        />
      )}
      <Modal opened={isAsking} onClose={asking.close} title={`Delete ${plural(selected.length, 'job')}?`} centered>
        <Stack>
          <Text size="sm">
            They are removed with their history, inputs and results. Those that run are cancelled first. This cannot be
            undone.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={asking.close} data-autofocus>
              Keep
            </Button>
            <Button
              color="red"
              onClick={() => {
                asking.close();
                void run('delete', selected);
              }}
            >
              Delete {selected.length}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  );
}
