import { Alert, Badge, Button, Grid, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { providerStatusQuery, useStatusRefresh } from '@/api/providers';
import type { Breaker, Provider, ProviderStatus } from '@/api/types';
import { formatUsd } from '@/lib/money';
import { Allowed } from '@/ui/Allowed';
import { Panel } from '@/ui/Panel';
import { RefusedNote } from '@/ui/RefusedNote';
import { RelativeTime } from '@/ui/RelativeTime';
import { BreakerActions } from './BreakerActions';
import { ModelItem } from './ModelItem';
import { Week } from './Week';
import { BREAKERS, describeBreaker, describePlace, isShut, lookOfCalls, STATES } from './words';

interface Props {
  provider: Provider;
  intervalMs: number | false;
}

/** Everything about one provider: how it is, what keeps calls from it, its models and their quotas, its last days. */
export function ProviderCard({ provider, intervalMs }: Props) {
  const { name, breaker, models } = provider;
  const status = useQuery({ ...providerStatusQuery(name), refetchInterval: intervalMs });
  const refresh = useStatusRefresh(name);
  const trouble = breaker && describeBreaker(breaker);
  const served = models.filter((model) => !isShut(model.breaker));
  return (
    <Panel title={name} hint={describePlace(provider)} aside={<Badges status={status.data} provider={provider} />}>
      {trouble && (
        <Alert color={BREAKERS[breaker.state].tone} variant="light" p="xs" icon={<IconAlertTriangle aria-hidden />}>
          {trouble}
        </Alert>
      )}
      {refresh.isError && <RefusedNote title="It could not be checked" error={refresh.error} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <Condition status={status.data} breaker={breaker} error={status.error} />
            <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label={`Models of ${name}`}>
              {models.map((model) => (
                <ModelItem
                  key={model.name}
                  provider={provider}
                  model={model}
                  isProviderShut={Boolean(trouble)}
                  othersServed={!trouble && served.some((other) => other !== model)}
                />
              ))}
            </Stack>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Week name={name} intervalMs={intervalMs} />
        </Grid.Col>
      </Grid>
      <Group gap={6}>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconRefresh size={15} aria-hidden />}
          loading={refresh.isPending}
          aria-label={`Check now: ${name}`}
          onClick={() => refresh.mutate()}
        >
          Check now
        </Button>
        <Allowed right="operate">
          <BreakerActions name={name} breaker={breaker} />
        </Allowed>
      </Group>
    </Panel>
  );
}

function Badges({ status, provider }: { status: ProviderStatus | undefined; provider: Provider }) {
  const looks = [...(status ? [STATES[status.state]] : []), lookOfCalls(provider)];
  return (
    <Group gap={6}>
      {looks.map(({ label, tone }) => (
        <Badge key={label} variant="light" color={tone} radius="sm" tt="none" fw={600} miw="max-content">
          {label}
        </Badge>
      ))}
    </Group>
  );
}

interface ConditionProps {
  status: ProviderStatus | undefined;
  breaker: Breaker | null;
  error: Error | null;
}

/** What was last seen of it, in a few lines. */
function Condition({ status, breaker, error }: ConditionProps) {
  return (
    <Stack gap={2}>
      {status && (
        <Line label="Status">
          {status.message}
          {status.checked_at && (
            <>
              {' '}
              Checked <RelativeTime at={status.checked_at} />
              {status.is_stale ? ', a new check is being made' : ''}.
            </>
          )}
        </Line>
      )}
      {!status && error && <Line label="Status">It could not be read: {error.message}</Line>}
      {breaker && (
        <>
          <Line label="Last success">{breaker.last_ok_at ? <RelativeTime at={breaker.last_ok_at} /> : 'none yet'}</Line>
          <Line label="Last error">
            {breaker.last_error ? (
              <>
                <span className="hr-mono">{breaker.last_error}</span>
                {breaker.last_error_at && (
                  <>
                    {' '}
                    <RelativeTime at={breaker.last_error_at} />
                  </>
                )}
              </>
            ) : (
              'none'
            )}
          </Line>
        </>
      )}
      {status && status.balance_usd !== null && <Line label="Balance">{formatUsd(status.balance_usd)}</Line>}
      {status && status.usage_usd !== null && (
        <Line label="Used">
          {formatUsd(status.usage_usd)}
          {status.usage_today_usd !== null && `, ${formatUsd(status.usage_today_usd)} of it today`}
        </Line>
      )}
    </Stack>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Text size="sm" c="dimmed" w={92} flex="none">
        {label}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </Group>
  );
}
