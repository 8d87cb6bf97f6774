import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBan, IconCopyPlus, IconRepeat, IconTrash } from '@tabler/icons-react';
import { type JobAction, useJobAction } from '@/api/actions';
import { isApiError } from '@/api/client';
import { canCancel, canChange, canRetry } from '@/api/status';
import type { JobDetail } from '@/api/types';
import { LinkButton } from '@/ui/LinkButton';
import { ChangeJob } from './ChangeJob';

interface Props {
  job: JobDetail;
  onDeleted: () => void;
}

export function JobActions({ job, onDeleted }: Props) {
  const action = useJobAction(job.id);
  const [isAsking, asking] = useDisclosure(false);
  const run = (wanted: JobAction) =>
    action.mutate(wanted, {
      onSuccess: () => {
        if (wanted === 'delete') onDeleted();
      },
      onError: (error) => {
        const code = isApiError(error) ? `${error.code}: ` : '';
        notifications.show({ color: 'red', title: `Could not ${wanted} the job`, message: `${code}${error.message}` });
      },
    });
  const isRunning = (wanted: JobAction) => action.isPending && action.variables === wanted;
  return (
    <Group gap="xs">
      {canCancel(job) && (
        <Button
          variant="default"
          leftSection={<IconBan size={16} aria-hidden />}
          loading={isRunning('cancel')}
          onClick={() => run('cancel')}
        >
          Cancel
        </Button>
      )}
      {canChange(job) && <ChangeJob job={job} />}
      {canRetry(job) && (
        <Button
          leftSection={<IconRepeat size={16} aria-hidden />}
          loading={isRunning('retry')}
          onClick={() => run('retry')}
        >
          Retry
        </Button>
      )}
      <LinkButton
        variant="default"
        to="/new"
        search={{ type: job.type, like: job.id }}
        leftSection={<IconCopyPlus size={16} aria-hidden />}
      >
        Submit one like this
      </LinkButton>
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={asking.open}>
        Delete
      </Button>
      <Modal opened={isAsking} onClose={asking.close} title="Delete this job?" centered>
        <Stack>
          <Text size="sm">
            It is removed with its history, input and result{job.finished_at ? '' : ', and cancelled first'}. This
            cannot be undone.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={asking.close} data-autofocus>
              Keep
            </Button>
            <Button color="red" loading={isRunning('delete')} onClick={() => run('delete')}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
