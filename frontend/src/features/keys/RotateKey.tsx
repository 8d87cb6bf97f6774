import { Button, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import { useKeysChanged, useRotateKey } from '@/api/keys';
import type { Key } from '@/api/types';
import { FormFrame } from '@/ui/FormFrame';
import { KeyDialog } from './KeyDialog';
import { DAYS, faultOf, HOURS, readWhole } from './words';

const FIELDS = ['overlap_hours', 'expires_in_days'] as const;

/** The button that makes another key in the place of one. */
export function RotateKey({ of }: { of: Key }) {
  const [isOpen, dialog] = useDisclosure(false);
  const rotate = useRotateKey(of.id);
  const changed = useKeysChanged();
  const close = () => {
    dialog.close();
    // Not before: a key that is replaced has no button for this any more, and so no dialog that shows the new one.
    if (rotate.isSuccess) void changed();
    rotate.reset();
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconRefresh size={15} aria-hidden />}
        aria-label={`Rotate the key ${of.description}`}
        onClick={dialog.open}
      >
        Rotate
      </Button>
      <KeyDialog title={`Rotate ${of.description}`} isOpen={isOpen} onClose={close} made={rotate.data}>
        <RotateForm rotate={rotate} onCancel={close} />
      </KeyDialog>
    </>
  );
}

interface FormProps {
  rotate: ReturnType<typeof useRotateKey>;
  onCancel: () => void;
}

function RotateForm({ rotate, onCancel }: FormProps) {
  const [hours, setHours] = useState<string>(HOURS.usual);
  const [days, setDays] = useState<string>(DAYS.usual);
  const [isTried, setTried] = useState(false);
  const { at, isLoose } = faultsAt(rotate.error, FIELDS);
  const [overlap, lasts] = [readWhole(hours, HOURS), readWhole(days, DAYS)];
  const submit = () => {
    setTried(true);
    if (overlap !== null && lasts !== null) rotate.mutate({ overlap_hours: overlap, expires_in_days: lasts });
  };
  return (
    <FormFrame
      submit="Rotate"
      onSubmit={submit}
      isPending={rotate.isPending}
      error={rotate.error}
      isLoose={isLoose}
      onCancel={onCancel}
    >
      <Text size="sm">
        A new key with the same scopes is made and shown once. The old one goes on for a while, so that programs can
        change over.
      </Text>
      <TextInput
        label="Hours that the old one goes on"
        description={`${HOURS.least} to ${HOURS.most}; 0 ends it at once`}
        inputMode="numeric"
        value={hours}
        onChange={(event) => setHours(event.currentTarget.value)}
        error={at.overlap_hours ?? (isTried ? faultOf(hours, HOURS) : undefined)}
        data-autofocus
      />
      <TextInput
        label="Days until the new one ends"
        description={`${DAYS.least} to ${DAYS.most}`}
        inputMode="numeric"
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
        error={at.expires_in_days ?? (isTried ? faultOf(days, DAYS) : undefined)}
      />
    </FormFrame>
  );
}
