import { Group, Paper, Stack, Text, ThemeIcon, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconQuestionMark, IconX } from '@tabler/icons-react';
import type { ModelCheck } from '@/api/types';
import { plural } from '@/lib/format';
import { CopyButton } from '@/ui/CopyButton';
import { detailOf, markOf, nameOf } from './findings';

const ICONS = { yes: IconCheck, no: IconX, 'not known': IconQuestionMark } as const;

/** What a check found, and the entry for providers.toml that says it. */
export function Findings({ found: { findings, calls, toml } }: { found: ModelCheck }) {
  return (
    <>
      <Stack gap={10} component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="What was found">
        {findings.map((finding) => {
          const { said, tone } = markOf(finding);
          const Icon = ICONS[said];
          return (
            <Group key={finding.name} component="li" gap="sm" wrap="nowrap" align="flex-start">
              <ThemeIcon variant="light" color={tone} size={22} radius="xl" aria-hidden>
                <Icon size={14} />
              </ThemeIcon>
              <div>
                <Text size="sm" fw={600}>
                  {nameOf(finding)}
                  <VisuallyHidden>: {said}</VisuallyHidden>
                </Text>
                <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {detailOf(finding)}
                </Text>
              </div>
            </Group>
          );
        })}
      </Stack>
      {toml && (
        <Stack gap={6}>
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={600}>
              For providers.toml
            </Text>
            <CopyButton wide text={toml} label="Copy the entry" />
          </Group>
          <Paper withBorder p="xs">
            <pre className="hr-pre">{toml.trimEnd()}</pre>
          </Paper>
        </Stack>
      )}
      <Text size="xs" c="dimmed">
        {calls === 0 ? 'Nobody was asked.' : `${plural(calls, 'call')} in all.`}
      </Text>
    </>
  );
}
