import { Alert, Stack, Text } from '@mantine/core';
import { IconCpu, IconPlugConnectedX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { providersQuery } from '@/api/providers';
import type { Providers } from '@/api/types';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { PageHead } from '@/ui/PageHead';
import { Panel } from '@/ui/Panel';
import { usePolling } from '@/ui/usePace';
import { usePageTitle } from '@/ui/usePageTitle';
import { ProviderCard } from './ProviderCard';

/** The providers of models: how each is, what is left of its quotas, what it did, and what operators change. */
export function ProvidersPage() {
  usePageTitle('Providers');
  const live = usePolling({ isOpen: true });
  const found = useQuery({ ...providersQuery, refetchInterval: live.polling.intervalMs });
  const refresh = () => void found.refetch();
  return (
    <Stack gap="md">
      <PageHead live={live} onRefresh={refresh} isFetching={found.isFetching && found.isError}>
        Providers
      </PageHead>
      {found.isError && (
        <ErrorFace error={found.error} what="the providers" onRetry={refresh} isRetrying={found.isFetching} />
      )}
      {found.isPending && <LoadingFace what="the providers" />}
      {found.data && <Content known={found.data} intervalMs={live.polling.intervalMs} />}
    </Stack>
  );
}

function Content({ known: { providers, aliases }, intervalMs }: { known: Providers; intervalMs: number | false }) {
  if (providers.length === 0) {
    return (
      <EmptyFace icon={IconCpu} title="No provider">
        The server&apos;s settings name the providers of models; each has a card here.
      </EmptyFace>
    );
  }
  const chains = Object.entries(aliases);
  return (
    <>
      {providers.every(({ breaker }) => breaker === null) && (
        <Alert color="orange" icon={<IconPlugConnectedX aria-hidden />} title="Redis is away">
          What is left of the quotas, and the breakers, are unknown. Each worker keeps to its own share until it is
          back.
        </Alert>
      )}
      {providers.map((provider) => (
        <ProviderCard key={provider.name} provider={provider} intervalMs={intervalMs} />
      ))}
      {chains.length > 0 && (
        <Panel title="Names that jobs may say" hint="besides the models' own">
          <Stack gap={4} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
            {chains.map(([name, chain]) => (
              <Text key={name} component="li" size="sm" style={{ overflowWrap: 'anywhere' }}>
                <b>{name}</b> asks {chain.join(', then ')}
              </Text>
            ))}
          </Stack>
        </Panel>
      )}
    </>
  );
}
