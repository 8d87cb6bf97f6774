import { Button, type ButtonProps, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { RefusedNote } from './RefusedNote';

interface Props extends ButtonProps {
  children: string;
  /** What a screen reader hears, when the text alone does not say what it is about. */
  'aria-label'?: string;
  title: string;
  question: ReactNode;
  /** The way out. */
  keep: string;
  isDanger?: boolean;
  action: {
    isPending: boolean;
    error: unknown;
    run: (onDone: () => void) => void;
  };
}

/** A button that asks before it acts, and says why that did not work. */
export function AskButton({ children, title, question, keep, isDanger = false, action, ...button }: Props) {
  const [isAsking, asking] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" {...button} onClick={asking.open}>
        {children}
      </Button>
      <Modal opened={isAsking} onClose={asking.close} title={title} centered>
        <Stack>
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            {question}
          </Text>
          {Boolean(action.error) && <RefusedNote error={action.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={asking.close} data-autofocus>
              {keep}
            </Button>
            <Button
              {...(isDanger ? { color: 'red' } : {})}
              loading={action.isPending}
              onClick={() => action.run(asking.close)}
            >
              {children}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
