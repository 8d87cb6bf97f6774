import { Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { keysQuery } from '@/api/keys';
import { meQuery, useMay } from '@/api/rights';
import type { Me } from '@/api/types';
import { itemsOf } from '@/lib/items';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { MoreButton } from '@/ui/MoreButton';
import { usePageTitle } from '@/ui/usePageTitle';
import { CreateKey } from './CreateKey';
import { KeyTable } from './KeyTable';

interface Props {
  /** Whose: everybody's, or those of the user with this id; nothing: the caller's own. */
  of: string | undefined;
  onOf: (of: string | undefined) => void;
}

/** The caller's API keys; for administrators anybody's. */
export function KeysPage({ of, onOf }: Props) {
  usePageTitle('API keys');
  const me = useQuery(meQuery);
  const isAdmin = useMay('admin');
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          API keys
        </Title>
        {me.data && <CreateKey me={me.data} />}
      </Group>
      {isAdmin && (
        <Group>
          <SegmentedControl
            aria-label="Whose keys"
            value={of ?? 'mine'}
            onChange={(next) => onOf(next === 'mine' ? undefined : next)}
            data={[
              { value: 'mine', label: 'Mine' },
              { value: 'all', label: 'Everybody’s' },
              ...(of && of !== 'all' ? [{ value: of, label: 'One user’s' }] : []),
            ]}
          />
        </Group>
      )}
      {me.isError && (
        <ErrorFace error={me.error} what="the keys" onRetry={() => void me.refetch()} isRetrying={me.isFetching} />
      )}
      {me.isPending && <LoadingFace what="the keys" />}
      {me.data && <Keys me={me.data} of={isAdmin ? of : undefined} />}
    </Stack>
  );
}

function Keys({ me, of }: { me: Me; of: string | undefined }) {
  const found = useInfiniteQuery(keysQuery(of === 'all' ? undefined : (of ?? me.user_id)));
  const keys = itemsOf(found.data);
  return (
    <>
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the keys"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the keys" />}
      {found.data && keys.length === 0 && (
        <EmptyFace icon={IconKey} title={of ? 'No keys' : 'No keys yet'}>
          {of ? 'Keys that somebody makes land here.' : <NoKeys />}
        </EmptyFace>
      )}
      {keys.length > 0 && <KeyTable keys={keys} me={me} isOfMany={of !== undefined} />}
      <MoreButton list={found}>More keys</MoreButton>
    </>
  );
}

function NoKeys() {
  return (
    <>
      <Text inherit>Programs, the command line and OpenAI clients sign in with a key instead of your password.</Text>
      <Text inherit mt={6}>
        Create one: it is shown once, and can do no more than you.
      </Text>
    </>
  );
}
