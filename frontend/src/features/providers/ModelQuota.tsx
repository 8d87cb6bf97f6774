import { Badge, Box, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ProviderModel } from '@/api/types';
import { formatCount } from '@/lib/format';
import { formatUsd } from '@/lib/money';
import { leftRatio, type Rate, readQuota } from '@/lib/quota';
import { QuotaButton } from './QuotaForm';
import { describeQuota } from './words';

const LOW_RATIO = 0.1;

interface Props {
  provider: string;
  model: ProviderModel;
  /** Its provider's breaker lets no call through, whatever the quota says. */
  isShut: boolean;
}

/** A model: what it is, what is left of its quota, and what waits for it. */
export function ModelQuota({ provider, model, isShut }: Props) {
  const { name, quota } = model;
  const rates = readQuota(quota.now ?? quota.changed ?? quota.configured);
  return (
    <Stack gap={6} component="li">
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={600} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Text>
            {quota.changed !== null && (
              <Badge variant="light" color="indigo" radius="sm" tt="none" fw={600} miw="max-content">
                quota changed
              </Badge>
            )}
          </Group>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {factsOf(model)}
          </Text>
        </div>
        <QuotaButton provider={provider} model={model} />
      </Group>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing={6}>
        <Left what="requests" rate={rates.requests} left={quota.requests_left} />
        <Left what="tokens" rate={rates.tokens} left={quota.tokens_left} />
      </SimpleGrid>
      <Text size="xs" c="dimmed" className="hr-nums">
        {describeQuota(quota, isShut)}
      </Text>
    </Stack>
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

function Left({ what, rate, left }: { what: string; rate: Rate | null; left: number | null | undefined }) {
  if (!rate) {
    return (
      <Text size="sm" c="dimmed">
        No limit of {what}
      </Text>
    );
  }
  const of = `${formatCount(rate.amount)} ${what}/${rate.per}`;
  if (left == null) {
    return (
      <Text size="sm" c="dimmed">
        {of}
      </Text>
    );
  }
  const ratio = leftRatio(left, rate);
  const text = `${formatCount(Math.floor(Math.min(rate.amount, Math.max(0, left))))} of ${of} left`;
  return (
    <Box>
      <Text size="sm" className="hr-nums">
        {text}
      </Text>
      <Progress
        size="sm"
        mt={3}
        value={100 * ratio}
        color={ratio <= LOW_RATIO ? 'orange' : 'indigo'}
        aria-label={text}
      />
    </Box>
  );
}
