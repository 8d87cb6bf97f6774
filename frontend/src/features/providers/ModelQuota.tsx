import { Badge, Box, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ProviderModel, Quota } from '@/api/types';
import { formatCount, formatDuration, plural } from '@/lib/format';
import { formatUsd } from '@/lib/money';
import { leftRatio, type Rate, readQuota } from '@/lib/quota';
import { QuotaButton } from './QuotaForm';

const LOW_RATIO = 0.1;

interface Props {
  provider: string;
  model: ProviderModel;
}

/** A model: what it is, what is left of its quota, and what waits for it. */
export function ModelQuota({ provider, model }: Props) {
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
        {describeQuota(quota)}
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

/** What holds, and what waits for it. */
export function describeQuota({ now, changed, configured, factor, booked, next_start_s, refused }: Quota): string {
  if (booked === null)
    return `Quota ${changed ?? configured ?? 'unknown'}; what is left is unknown while Redis is away.`;
  const parts = [
    now === null ? 'No limit is known' : `Holds: ${now}`,
    factor != null && factor < 1 && `${Math.round(100 * factor)} % of it after refusals`,
    next_start_s != null && next_start_s > 0
      ? `next start in ${formatDuration(1000 * next_start_s)}`
      : 'a call may start now',
    `${plural(booked ?? 0, 'job')} booked`,
    Boolean(refused) && `${plural(refused ?? 0, 'refusal')} (429)`,
  ];
  return parts.filter(Boolean).join(' · ');
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
  const text = `${formatCount(Math.max(0, Math.floor(left)))} of ${of} left`;
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
