import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useCreateKey } from '@/api/keys';
import type { Me } from '@/api/types';
import { KeyDialog } from './KeyDialog';
import { KeyForm } from './KeyForm';

/** The button that makes a key of the caller's. */
export function CreateKey({ me }: { me: Me }) {
  const [isOpen, dialog] = useDisclosure(false);
  const create = useCreateKey();
  const close = () => {
    dialog.close();
    create.reset();
  };
  return (
    <>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
        Create a key
      </Button>
      <KeyDialog title="Create a key" isOpen={isOpen} onClose={close} made={create.data}>
        <KeyForm
          me={me}
          isPending={create.isPending}
          error={create.error}
          onSubmit={(wanted) => create.mutate(wanted)}
          onCancel={close}
        />
      </KeyDialog>
    </>
  );
}
