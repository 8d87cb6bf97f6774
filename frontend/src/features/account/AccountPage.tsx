import { Grid, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from '@/api/rights';
import { ErrorFace, LoadingFace } from '@/ui/Faces';
import { usePageTitle } from '@/ui/usePageTitle';
import { PasswordPanel } from './PasswordPanel';
import { ProfilePanel } from './ProfilePanel';
import { SessionsPanel } from './SessionsPanel';

/** Who is signed in, the own password, and where else the account is open. */
export function AccountPage({ onSignedOut }: { onSignedOut: () => void }) {
  usePageTitle('Account');
  const me = useQuery(meQuery);
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Account
      </Title>
      {me.isError && (
        <ErrorFace error={me.error} what="the account" onRetry={() => void me.refetch()} isRetrying={me.isFetching} />
      )}
      {me.isPending && <LoadingFace what="the account" />}
      {me.data && (
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 6 }}>
            <ProfilePanel me={me.data} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            <PasswordPanel me={me.data} onSignedOut={onSignedOut} />
          </Grid.Col>
          <Grid.Col span={12}>
            <SessionsPanel me={me.data} onSignedOut={onSignedOut} />
          </Grid.Col>
        </Grid>
      )}
    </Stack>
  );
}
