import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconGauge, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { isApiError } from '@/api/client';
import { type FlowScope, useControlChange } from '@/api/controls';
import { useMay } from '@/api/rights';
import type { Flow } from '@/api/types';
import { LimitForm } from './LimitForm';
import { PauseQuestion } from './PauseQuestion';
import { nameOf } from './words';

interface Props {
  scope: FlowScope;
  one: Flow;
}

/** Pause or resume a queue or job type, and set its limit, for who may. Only the pause is asked about: it stops work. */
export function FlowActions({ scope, one }: Props) {
  const what = nameOf(scope, one.name);
  const resume = useControlChange(scope, one.name);
  const [isPausing, pausing] = useDisclosure(false);
  const [isLimiting, limiting] = useDisclosure(false);
  const mayControl = useMay('operate');
  const start = () =>
    resume.mutate(
      { kind: 'resume' },
      {
        onError: (error) => {
          const code = isApiError(error) ? `${error.code}: ` : '';
          notifications.show({ color: 'red', title: `Could not resume the ${what}`, message: code + error.message });
        },
      },
    );
  if (!mayControl) return null;
  return (
    <Group gap={6} wrap="nowrap" justify="flex-end">
      {one.paused_at ? (
        <Button
          size="compact-sm"
          leftSection={<IconPlayerPlay size={15} aria-hidden />}
          aria-label={`Resume the ${what}`}
          loading={resume.isPending}
          onClick={start}
        >
          Resume
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlayerPause size={15} aria-hidden />}
          aria-label={`Pause the ${what}`}
          onClick={pausing.open}
        >
          Pause
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconGauge size={15} aria-hidden />}
        aria-label={`Limit the ${what}`}
        onClick={limiting.open}
      >
        Limit
      </Button>
      <Modal opened={isPausing} onClose={pausing.close} title={`Pause the ${what}?`} centered>
        <PauseQuestion scope={scope} one={one} onClose={pausing.close} />
      </Modal>
      <Modal opened={isLimiting} onClose={limiting.close} title={`Limit the ${what}`} centered>
        <LimitForm scope={scope} one={one} onClose={limiting.close} />
      </Modal>
    </Group>
  );
}
