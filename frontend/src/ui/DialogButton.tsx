import { Button, type ButtonProps, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface Props extends ButtonProps {
  children: string;
  /** What a screen reader hears, when the text alone does not say what it is about. */
  'aria-label'?: string;
  title: string;
  /** What the dialog holds; begun anew each time it opens. */
  dialog: (close: () => void) => ReactNode;
}

/** A button that opens a dialog. */
export function DialogButton({ children, title, dialog, ...button }: Props) {
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" {...button} onClick={open}>
        {children}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} centered>
        {dialog(close)}
      </Modal>
    </>
  );
}
