import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { NewKey } from '@/api/types';
import { KeyShown } from './KeyShown';

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** The key, as soon as it is made. */
  made: NewKey | undefined;
  /** What is asked before. */
  children: ReactNode;
}

/** A dialog that makes a key and shows it. Once it is made, only the button behind it closes the dialog. */
export function KeyDialog({ title, isOpen, onClose, made, children }: Props) {
  const isShown = made !== undefined;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={isShown ? 'The new key' : title}
      centered
      closeOnClickOutside={!isShown}
      closeOnEscape={!isShown}
      withCloseButton={!isShown}
    >
      {isShown ? <KeyShown made={made} onClose={onClose} /> : children}
    </Modal>
  );
}
