import { Alert, Center, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiError } from '@/api/problem';
import { type Credential, signIn } from '@/api/session';
import { ErrorFacts } from '@/ui/Faces';
import { Logo } from '@/ui/Logo';
import { usePageTitle } from '@/ui/usePageTitle';
import { CredentialForm } from './CredentialForm';

interface Props {
  /** The code of a one-time link. */
  code?: string | undefined;
  onSignedIn: () => void;
}

export function SignIn({ code, onSignedIn }: Props) {
  usePageTitle('Sign in');
  const cache = useQueryClient();
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
            <Stack>
              {signing.error && signing.variables && <Refusal error={signing.error} shown={signing.variables} />}
              <CredentialForm isPending={signing.isPending} onShow={mutate} />
            </Stack>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}

function Refusal({ error, shown }: { error: Error; shown: Credential }) {
  const status = error instanceof ApiError ? error.status : 0;
  const title = status === 401 ? wrong(shown) : status === 429 ? 'Too many wrong tries' : 'Could not sign in';
  return (
    <Alert color="red" role="alert" title={title}>
      <Stack gap={4}>
        <Text size="sm">{error.message}</Text>
        <ErrorFacts error={error} />
      </Stack>
    </Alert>
  );
}

function wrong(shown: Credential): string {
  if ('code' in shown) return 'This link is used up or too old';
  return 'token' in shown ? 'This token is not right' : 'Address or password are not right';
}
