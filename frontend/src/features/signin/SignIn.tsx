import { Alert, Center, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiError } from '@/api/problem';
import { type Credential, methodsQuery, providerUrl, signIn } from '@/api/session';
import { ErrorFacts } from '@/ui/Faces';
import { Logo } from '@/ui/Logo';
import { usePageTitle } from '@/ui/usePageTitle';
import { CredentialForm } from './CredentialForm';
import { ProviderButton } from './ProviderButton';
import { refusalWords } from './words';

interface Props {
  /** The code of a one-time link. */
  code?: string | undefined;
  /** Where to go afterwards. */
  next?: string | undefined;
  /** Not by the provider of single sign-on, unless somebody wants to. */
  isLocal: boolean;
  /** The provider has just signed somebody out. */
  isSignedOut: boolean;
  /** Why the provider's answer signed nobody in. */
  refused?: string | undefined;
  onSignedIn: () => void;
}

export function SignIn({ code, next, isLocal, isSignedOut, refused, onSignedIn }: Props) {
  usePageTitle('Sign in');
  const methods = useQuery(methodsQuery);
  const provider = methods.data?.single_sign_on;
  const hasPasswords = methods.data?.password ?? true;
  const goesThere = Boolean(provider?.is_automatic) && !code && !isLocal && !isSignedOut;
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
  useEffect(() => {
    if (goesThere) window.location.replace(providerUrl(next));
  }, [goesThere, next]);

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
          {(signing.isPending && code) || methods.isPending || goesThere ? (
            <Group role="status">
              <Loader size="sm" aria-hidden />
              <Text>{code ? 'Signing in by the link …' : 'One moment …'}</Text>
            </Group>
          ) : (
            <Stack>
              {refused && (
                <Alert color="red" role="alert" title="Not signed in">
                  {refusalWords(refused)}
                </Alert>
              )}
              {signing.error && signing.variables && <Refusal error={signing.error} shown={signing.variables} />}
              {provider && <ProviderButton name={provider.name} next={next} isAlone={!hasPasswords && !isLocal} />}
              {(!provider || hasPasswords || isLocal) && (
                <CredentialForm isPending={signing.isPending} hasPasswords={hasPasswords} onShow={mutate} />
              )}
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
