import { Alert, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type LinkKind, takeLink } from '@/api/links';
import { ErrorFacts } from '@/ui/Faces';
import { Logo } from '@/ui/Logo';
import { usePageTitle } from '@/ui/usePageTitle';
import { NewPasswordForm } from './NewPasswordForm';

interface Props {
  kind: LinkKind;
  /** What stands behind # in the link; opening the page uses nothing up. */
  token: string;
  onSignedIn: () => void;
}

const TITLES: Record<LinkKind, string> = { invite: 'Join Headrace', reset: 'Set a new password' };

/** The page of a one-time link of an administrator's. */
export function TakeLink({ kind, token, onSignedIn }: Props) {
  usePageTitle(TITLES[kind]);
  const cache = useQueryClient();
  const taking = useMutation({
    mutationFn: takeLink,
    meta: { signsIn: true },
    onSuccess: () => {
      cache.clear();
      onSignedIn();
    },
  });

  return (
    <Center mih="100vh" p="md" component="main" bg="var(--hr-page)">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={420}>
        <Stack>
          <Group gap="sm">
            <Logo size={32} />
            <Title order={1} size="h3">
              {TITLES[kind]}
            </Title>
          </Group>
          {taking.error && (
            <Alert color="red" role="alert" title="That did not work">
              <Stack gap={4}>
                <Text size="sm">{taking.error.message}</Text>
                <ErrorFacts error={taking.error} />
              </Stack>
            </Alert>
          )}
          {token ? (
            <NewPasswordForm
              isNew={kind === 'invite'}
              isPending={taking.isPending}
              onShow={(name, password) => taking.mutate({ kind, token, name, password })}
            />
          ) : (
            <Text>This link is not whole: copy all of it, with what stands behind #.</Text>
          )}
        </Stack>
      </Paper>
    </Center>
  );
}
