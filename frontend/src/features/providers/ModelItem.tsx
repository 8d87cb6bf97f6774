import { Alert, Badge, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Provider, ProviderModel } from '@/api/types';
import { formatCount } from '@/lib/format';
import { formatUsd } from '@/lib/money';
import { Allowed } from '@/ui/Allowed';
import { Asked } from './Asked';
import { CheckButton } from './CheckButton';
import { ModelQuota } from './ModelQuota';
import { QuotaButton } from './QuotaForm';
import { BREAKERS, describeInFlight, describeModelBreaker, describeQuota, isShut } from './words';

interface Props {
  provider: Pick<Provider, 'name' | 'kind'>;
  model: ProviderModel;
  /** Its provider's breaker lets no call through, whatever its own and the quota say. */
  isProviderShut: boolean;
  /** Calls of another model of the provider go through. */
  othersServed: boolean;
}

/** A model: what it is, what keeps calls from it, what is left of its quota, and how it is asked. */
export function ModelItem({ provider, model, isProviderShut, othersServed }: Props) {
  const { name, quota, breaker } = model;
  const trouble = describeModelBreaker(breaker, othersServed);
  return (
    <Stack gap={6} component="li">
      <Group justify="space-between" align="flex-start" gap="xs">
        <div style={{ flex: '1 1 240px', minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Text>
            {isShut(breaker) && <Mark tone={BREAKERS[breaker.state].tone}>{BREAKERS[breaker.state].label}</Mark>}
            {quota.override !== null && <Mark tone="indigo">quota overridden</Mark>}
          </Group>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {factsOf(model)}
          </Text>
        </div>
        <Allowed right="operate">
          <Group gap={6}>
            <CheckButton provider={provider.name} model={name} isPaid={provider.kind === 'openai'} />
            <QuotaButton provider={provider.name} model={model} />
          </Group>
        </Allowed>
      </Group>
      {trouble && isShut(breaker) && (
        <Alert color={BREAKERS[breaker.state].tone} variant="light" p="xs" icon={<IconAlertTriangle aria-hidden />}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {trouble}
          </Text>
        </Alert>
      )}
      <ModelQuota quota={quota} />
      <Text size="xs" c="dimmed" className="hr-nums">
        {[describeInFlight(model), describeQuota(quota, isProviderShut || isShut(breaker))].filter(Boolean).join(' · ')}
      </Text>
      <Asked provider={provider.name} model={model} />
    </Stack>
  );
}

function Mark({ tone, children }: { tone: string; children: string }) {
  return (
    <Badge variant="light" color={tone} radius="sm" tt="none" fw={600} miw="max-content">
      {children}
    </Badge>
  );
}

function factsOf({ model, context_tokens: context, vision, price }: ProviderModel): string {
  const facts = [
    model,
    context !== null && `${formatCount(context)} tokens of context`,
    vision && 'reads pictures',
    price ? `${formatUsd(price.input)} in, ${formatUsd(price.output)} out for a million tokens` : 'price unknown',
  ];
  return facts.filter(Boolean).join(' · ');
}
