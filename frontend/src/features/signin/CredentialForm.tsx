import { Button, Code, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import type { Credential } from '@/api/session';

interface Props {
  isPending: boolean;
  /** Whether passwords are taken here. */
  hasPasswords: boolean;
  onShow: (credential: Credential) => void;
}

/** Asks for e-mail address and password, or for the service token; whichever was used last stands here first. */
export function CredentialForm({ isPending, hasPasswords, onShow }: Props) {
  const [way, setWay] = useLocalStorage<'token' | 'password'>({
    key: 'headrace-sign-in',
    defaultValue: 'token',
    getInitialValueInEffect: false,
  });
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const isByToken = way === 'token' || !hasPasswords;
  const isReady = isByToken ? secret.trim() !== '' : name.trim() !== '' && secret !== '';

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) onShow(isByToken ? { token: secret.trim() } : { username: name.trim(), password: secret });
  };
  const change = () => {
    setSecret('');
    setWay(isByToken ? 'password' : 'token');
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        {isByToken ? (
          <input type="text" name="username" autoComplete="username" value="service" readOnly hidden />
        ) : (
          <TextInput
            label="E-mail address"
            type="email"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="username"
            autoFocus
          />
        )}
        <PasswordInput
          key={isByToken ? 'token' : 'password'}
          label={isByToken ? 'Service token' : 'Password'}
          description={isByToken ? <TokenHint /> : undefined}
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          autoComplete="current-password"
          autoFocus={isByToken}
          visibilityToggleButtonProps={{ 'aria-label': isByToken ? 'Show the token' : 'Show the password' }}
        />
        <Button type="submit" loading={isPending} disabled={!isReady}>
          Sign in
        </Button>
        {hasPasswords && (
          <Button variant="subtle" size="compact-sm" onClick={change}>
            {isByToken ? 'Use e-mail address and password' : 'Use the service token'}
          </Button>
        )}
        {isByToken && (
          <Text size="sm" c="dimmed">
            On your own machine, <Code>headrace run</Code> prints a link that signs you in without a token;{' '}
            <Code>headrace signin</Code> prints another.
          </Text>
        )}
      </Stack>
    </form>
  );
}

function TokenHint() {
  return (
    <>
      <Code>SERVICE_TOKEN</Code> of the server&apos;s settings
    </>
  );
}
