import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconListCheck } from '@tabler/icons-react';
import { useModelCheck } from '@/api/providers';
import { RefusedNote } from '@/ui/RefusedNote';
import { Findings } from './Findings';

interface Props {
  provider: string;
  model: string;
  /** Whether somebody is paid for answers. */
  isPaid: boolean;
}

/** Ask a model what it can do: says what that costs, then asks, then shows it. Closing the dialog stops nothing. */
export function CheckButton({ provider, model, isPaid }: Props) {
  const [isOpen, dialog] = useDisclosure(false);
  const check = useModelCheck(provider);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconListCheck size={15} aria-hidden />}
        loading={check.isPending && !isOpen}
        aria-label={`What can it do? ${model}`}
        onClick={dialog.open}
      >
        What can it do?
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title={`What can ${model} do?`} size="lg" centered>
        <Stack>
          {check.isPending && <Asking model={model} />}
          {!check.isPending && check.data && <Findings found={check.data} />}
          {!check.isPending && !check.data && (
            <Text size="sm">
              It is asked a dozen small questions, outside its quota.{' '}
              {isPaid
                ? `${provider} charges for them: about a hundred tokens each, more where the model thinks first.`
                : 'They cost nothing but time.'}{' '}
              Nothing is changed by it.
            </Text>
          )}
          {check.isError && <RefusedNote title="It was not asked" error={check.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close} data-autofocus>
              {check.data || check.isPending ? 'Close' : 'Cancel'}
            </Button>
            {!check.isPending && (
              <Button onClick={() => check.mutate(model)} variant={check.data ? 'default' : 'filled'}>
                {check.data || check.isError ? 'Ask again' : 'Ask it'}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function Asking({ model }: { model: string }) {
  return (
    <Group gap="sm" role="status" wrap="nowrap" align="flex-start" mih={64}>
      <Loader size="sm" aria-hidden />
      <Text size="sm">
        {model} is being asked. That may take a minute, and some where it thinks first. What it says stays here while
        this page is open.
      </Text>
    </Group>
  );
}
