import { Box, Progress, SimpleGrid, Text } from '@mantine/core';
import type { Quota } from '@/api/types';
import { formatCount } from '@/lib/format';
import { leftRatio, type Rate, readQuota } from '@/lib/quota';

const LOW_RATIO = 0.1;

/** What is left of a model's quota, as bars. */
export function ModelQuota({ quota }: { quota: Quota }) {
  const rates = readQuota(quota.effective ?? quota.override ?? quota.configured);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing={6}>
      <Left what="requests" rate={rates.requests} left={quota.requests_left} />
      <Left what="tokens" rate={rates.tokens} left={quota.tokens_left} />
    </SimpleGrid>
  );
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
