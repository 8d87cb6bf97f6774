import { Alert, Button, Group, Modal, Radio, Select, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAdjustments } from '@tabler/icons-react';
import { useState } from 'react';
import { useUpdateJob } from '@/api/actions';
import { isApiError } from '@/api/client';
import type { JobDetail, JobUpdate } from '@/api/types';
import { fromLocalInput } from '@/lib/searchText';

const PRIORITIES = ['high', 'default', 'low'] as const;

type Start = 'kept' | 'now' | 'at';

/** Change a job that waits: how urgent it is, and when it may start. */
export function ChangeJob({ job }: { job: JobDetail }) {
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconAdjustments size={16} aria-hidden />} onClick={dialog.open}>
        Change
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title="Change this job" centered>
        <ChangeForm job={job} onDone={dialog.close} />
      </Modal>
    </>
  );
}

function ChangeForm({ job, onDone }: { job: JobDetail; onDone: () => void }) {
  const update = useUpdateJob(job.id);
  const [priority, setPriority] = useState<JobDetail['priority']>(job.priority);
  const [start, setStart] = useState<Start>('kept');
  const [at, setAt] = useState('');
  const body: JobUpdate = {
    ...(priority !== job.priority && { priority }),
    ...(start === 'now' && { delay_s: 0 }),
    ...(start === 'at' && { run_at: fromLocalInput(at) }),
  };
  const isEmpty = Object.values(body).every((value) => value === undefined);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isEmpty) update.mutate(body, { onSuccess: onDone });
      }}
    >
      <Stack>
        <Select
          label="Priority"
          data={[...PRIORITIES]}
          value={priority}
          allowDeselect={false}
          onChange={(value) => setPriority(PRIORITIES.find((one) => one === value) ?? job.priority)}
        />
        <Radio.Group label="Start" value={start} onChange={(value) => setStart(value as Start)}>
          <Stack gap="xs" mt={4}>
            <Radio value="kept" label="As it is" />
            <Radio value="now" label="As soon as it can" />
            <Radio value="at" label="Not before a time" />
          </Stack>
        </Radio.Group>
        {start === 'at' && (
          <TextInput
            type="datetime-local"
            label="Not before"
            required
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
        )}
        {update.isError && (
          <Alert color="red" title={isApiError(update.error) ? update.error.code : 'Not changed'}>
            {update.error.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Keep
          </Button>
          <Button type="submit" loading={update.isPending} disabled={isEmpty}>
            Change
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
