import { Button, Group, Stack, Text } from '@mantine/core';
import { type FlowScope, useControlChange } from '@/api/controls';
import type { Flow } from '@/api/types';
import { plural } from '@/lib/format';
import { RefusedNote } from '@/ui/RefusedNote';

interface Props {
  scope: FlowScope;
  one: Flow;
  onClose: () => void;
}

export function PauseQuestion({ scope, one, onClose }: Props) {
  const change = useControlChange(scope, one.name);
  const where = scope === 'queue' ? 'here' : 'of this type, in any queue,';
  const running =
    one.running === 0
      ? 'None runs now.'
      : `${plural(one.running, 'job')} that ${one.running === 1 ? 'runs goes' : 'run go'} on to the end.`;
  return (
    <Stack>
      <Text size="sm">
        No job {where} starts until somebody resumes it. {running} New jobs are accepted, and wait.
      </Text>
      {change.isError && <RefusedNote error={change.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it going
        </Button>
        <Button
          color="red"
          loading={change.isPending}
          onClick={() => change.mutate({ kind: 'pause' }, { onSuccess: onClose })}
        >
          Pause
        </Button>
      </Group>
    </Stack>
  );
}
