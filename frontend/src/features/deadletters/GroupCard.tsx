import { Group, Paper, Text } from '@mantine/core';
import type { Selection } from '@/api/deadLetters';
import type { DeadLetterGroup } from '@/api/types';
import { formatCount } from '@/lib/format';
import { AppLink } from '@/ui/AppLink';
import { RelativeTime } from '@/ui/RelativeTime';
import { AskFirst } from './AskFirst';

interface Props {
  group: DeadLetterGroup;
  /** The page's filter: a group's number counts only what it lets through. */
  within: Selection;
}

/** Jobs that failed in the same way: how many, when, with what message, and what can be done with them. */
export function GroupCard({ group, within }: Props) {
  const code = group.error_code ?? 'no code';
  const what = `the group ${group.type}, ${code}`;
  const wanted = { ...within, fingerprint: group.fingerprint };
  return (
    <Paper withBorder p="md" component="li">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Group gap="sm" align="baseline">
          <Text fz={20} fw={650} lh={1.15} className="hr-nums">
            {formatCount(group.count)} ×
          </Text>
          <Text span className="hr-mono" c="var(--mantine-color-error)" fw={600}>
            {code}
          </Text>
          <Text span size="sm" fw={600}>
            {group.type}
          </Text>
        </Group>
        <Group gap={6}>
          <AskFirst verb="retry" wanted={wanted} what={what}>
            Retry
          </AskFirst>
          <AskFirst verb="discard" wanted={wanted} what={what}>
            Discard
          </AskFirst>
        </Group>
      </Group>
      <Text size="sm" mt={8} lineClamp={3} style={{ overflowWrap: 'anywhere' }} title={group.message}>
        {group.message || 'Without a message.'}
      </Text>
      <Group gap="md" mt={8} justify="space-between">
        <Text size="sm" c="dimmed" component="div">
          {group.count > 1 ? (
            <>
              first <RelativeTime at={group.first_at} />, last <RelativeTime at={group.last_at} />
            </>
          ) : (
            <RelativeTime at={group.last_at} />
          )}
        </Text>
        <AppLink
          to="/dead-letters/$fingerprint"
          params={{ fingerprint: group.fingerprint }}
          size="sm"
          aria-label={`See the jobs of ${group.type} with ${code}`}
        >
          See the jobs
        </AppLink>
      </Group>
    </Paper>
  );
}
