import { Group, Paper, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { dayCostsQuery } from '@/api/providers';
import { formatCount, plural } from '@/lib/format';
import { formatCost } from '@/lib/money';
import { AppLink } from '@/ui/AppLink';
import { useNow } from '@/ui/useNow';

const LEAST_INTERVAL_MS = 15_000;

/** What today's model calls cost, by UTC. Nothing where that is unknown: the rest of the page does without. */
export function CostsToday({ intervalMs }: { intervalMs: number | false }) {
  const today = new Date(useNow()).toISOString().slice(0, 10);
  const { data } = useQuery({
    ...dayCostsQuery(today),
    refetchInterval: intervalMs === false ? false : Math.max(LEAST_INTERVAL_MS, intervalMs),
  });
  if (!data) return null;
  const { jobs, prompt_tokens: asked, cached_tokens: cached, completion_tokens: said, cost_usd, unpriced } = data.total;
  return (
    <Paper withBorder px="md" py="xs" component="section" aria-label="Costs today">
      <Group gap="md" justify="space-between">
        <Text size="sm" component="div" className="hr-nums">
          <b>{asked + said === 0 ? 'No tokens used' : formatCost(cost_usd, unpriced)}</b> today (UTC)
          {asked + said > 0 && (
            <Text span inherit c="dimmed">
              {' '}
              · {formatCount(asked)} tokens in{cached > 0 && ` (${formatCount(cached)} cached)`}, {formatCount(said)}{' '}
              out · {plural(jobs, 'job')}
            </Text>
          )}
        </Text>
        <AppLink to="/providers" size="sm">
          Providers
        </AppLink>
      </Group>
    </Paper>
  );
}
