import { Button, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconGauge } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { isApiError } from '@/api/client';
import { useQuotaChange } from '@/api/providers';
import type { ProviderModel } from '@/api/types';
import { RefusedNote } from '@/ui/RefusedNote';
import { SetButtons } from '@/ui/SetButtons';

interface Props {
  provider: string;
  model: ProviderModel;
}

/** A button that opens the form for a model's quota. */
export function QuotaButton({ provider, model }: Props) {
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        flex="none"
        leftSection={<IconGauge size={15} aria-hidden />}
        aria-label={`Quota of ${model.name}`}
        onClick={dialog.open}
      >
        Quota
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title={`Quota of ${model.name}`} centered>
        <QuotaForm provider={provider} model={model} onClose={dialog.close} />
      </Modal>
    </>
  );
}

function QuotaForm({ provider, model: { name, quota }, onClose }: Props & { onClose: () => void }) {
  const change = useQuotaChange(provider);
  const [text, setText] = useState(quota.override ?? quota.configured ?? '');
  const fault = isApiError(change.error)
    ? change.error.faults.find(({ pointer }) => pointer === '#/quota')?.detail
    : undefined;
  const set = (wanted: string | null) => change.mutate({ model: name, quota: wanted }, { onSuccess: onClose });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set(text.trim());
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="At most"
          description="Requests and tokens in an interval, with a comma between; empty: no limit."
          placeholder="60/min,20000tok/min"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            change.reset();
          }}
          error={fault}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
        />
        <Text size="sm" c="dimmed">
          Configured: {quota.configured ?? 'no limit'}. A change holds within five seconds, in every worker.
        </Text>
        {change.isError && !fault && <RefusedNote error={change.error} />}
        <SetButtons
          takeBack="As configured"
          onTakeBack={() => set(null)}
          isSet={quota.override !== null}
          isPending={change.isPending}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
