import { Alert, Button, Center, Code, Group, Loader, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiError } from '@/api/problem';
import { signIn } from '@/api/session';
import { ErrorFacts } from '@/ui/Faces';
import { Logo } from '@/ui/Logo';
import { usePageTitle } from '@/ui/usePageTitle';

interface Props {
  /** The code of a one-time link. */
  code?: string | undefined;
  onSignedIn: () => void;
}

export function SignIn({ code, onSignedIn }: Props) {
  usePageTitle('Sign in');
  const cache = useQueryClient();
  const [token, setToken] = useState('');
  const signing = useMutation({
    mutationFn: signIn,
    meta: { signsIn: true },
    onSuccess: () => {
      cache.clear();
      onSignedIn();
    },
  });
  const isSent = useRef(false);
  const { mutate } = signing;
  useEffect(() => {
    if (!code || isSent.current) return;
    // Once: the link's code is good for one use.
    isSent.current = true;
    mutate({ code });
  }, [code, mutate]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) mutate({ token: token.trim() });
  };

  return (
    <Center mih="100vh" p="md" component="main" bg="var(--hr-page)">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={420}>
        <Stack>
          <Group gap="sm">
            <Logo size={32} />
            <Title order={1} size="h3">
              Sign in to Headrace
            </Title>
          </Group>
          {signing.isPending && code ? (
            <Group role="status">
              <Loader size="sm" aria-hidden />
              <Text>Signing in by the link …</Text>
            </Group>
          ) : (
            <form onSubmit={submit}>
              <Stack>
                {signing.error && (
                  <Refusal error={signing.error} isLink={signing.variables ? 'code' in signing.variables : false} />
                )}
                <input type="text" name="username" autoComplete="username" value="service" readOnly hidden />
                <PasswordInput
                  label="Service token"
                  description={
                    <>
                      <Code>SERVICE_TOKEN</Code> of the server&apos;s settings
                    </>
                  }
                  value={token}
                  onChange={(event) => setToken(event.currentTarget.value)}
                  autoComplete="current-password"
                  autoFocus
                  visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
                />
                <Button type="submit" loading={signing.isPending} disabled={!token.trim()}>
                  Sign in
                </Button>
                <Text size="sm" c="dimmed">
                  On your own machine, <Code>headrace run</Code> prints a link that signs you in without a token;{' '}
                  <Code>headrace signin</Code> prints another.
                </Text>
              </Stack>
            </form>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}

function Refusal({ error, isLink }: { error: Error; isLink: boolean }) {
  const status = error instanceof ApiError ? error.status : 0;
  const wrong = isLink ? 'This link is used up or too old' : 'This token is not right';
  const title = status === 401 ? wrong : status === 429 ? 'Too many wrong tries' : 'Could not sign in';
  return (
    <Alert color="red" role="alert" title={title}>
      <Stack gap={4}>
        <Text size="sm">{error.message}</Text>
        <ErrorFacts error={error} />
      </Stack>
    </Alert>
  );
}
