import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

/** As the API has it, which also refuses what is common. */
const LEAST_CHARS = 8;

interface Props {
  /** Whether somebody makes an account, who has a name, too. */
  isNew: boolean;
  isPending: boolean;
  onShow: (name: string, password: string) => void;
}

/** Asks for a new password, and of a guest for his name. */
export function NewPasswordForm({ isNew, isPending, onShow }: Props) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const isReady = password.length >= LEAST_CHARS && (!isNew || name.trim() !== '');

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) onShow(name.trim(), password);
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        {isNew && (
          <TextInput
            label="Your name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="name"
            maxLength={200}
            autoFocus
          />
        )}
        <PasswordInput
          label="New password"
          description={`At least ${LEAST_CHARS} characters, and none that everybody tries first`}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          autoFocus={!isNew}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <Button type="submit" loading={isPending} disabled={!isReady}>
          {isNew ? 'Make my account' : 'Set the password'}
        </Button>
      </Stack>
    </form>
  );
}
