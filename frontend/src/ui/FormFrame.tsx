import { Button, Group, Stack } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import { RefusedNote } from './RefusedNote';

interface Props {
  children: ReactNode;
  /** The text of the button that sends it. */
  submit: string;
  onSubmit: () => void;
  isPending: boolean;
  /** Why it was refused last. */
  error: unknown;
  /** No field of the form is to blame for that, or not alone. */
  isLoose: boolean;
  onCancel?: () => void;
}

/** A form: its fields, why it was refused, its buttons. After a refusal the first field that is to blame has the focus. */
export function FormFrame({ children, submit, onSubmit, isPending, error, isLoose, onCancel }: Props) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending) onSubmit();
  };
  return (
    <form ref={form} onSubmit={send} noValidate>
      <Stack>
        {children}
        {Boolean(error) && isLoose && <RefusedNote error={error} />}
        <Group justify={onCancel ? 'flex-end' : 'flex-start'}>
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button type="submit" loading={isPending}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
