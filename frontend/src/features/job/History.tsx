import { Button, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { Attempt, JobEvent } from '@/api/types';
import { formatExact, plural } from '@/lib/format';
import { stringifyJson } from '@/lib/json';
import { describeProviderWait, foldLines, type ProviderWaitLines } from '@/lib/providerWaits';
import { Panel } from '@/ui/Panel';
import { wordsFor } from './words';

/** Every line of a job's history, folded away at first: the timeline says most of it. */
export function History({ events, attempts }: { events: JobEvent[]; attempts: Attempt[] }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Panel
      title="History"
      hint={`${events.length} ${events.length === 1 ? 'line' : 'lines'}`}
      aside={
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={toggle}
          aria-expanded={isOpen}
          leftSection={<Chevron size={15} aria-hidden />}
        >
          {isOpen ? 'Hide' : 'Show'}
        </Button>
      }
    >
      {isOpen && (
        <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing={6} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>#</Table.Th>
                <Table.Th>Line</Table.Th>
                <Table.Th>At</Table.Th>
                <Table.Th>Worker</Table.Th>
                <Table.Th>Detail</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {foldLines(events, attempts).map((event) =>
                'kind' in event ? (
                  <ProviderWaitRow key={event.first.seq} wait={event} />
                ) : (
                  <Table.Tr key={event.seq}>
                    <Table.Td>{event.version}</Table.Td>
                    <Table.Td>
                      <Text size="sm" title={wordsFor(event.name).label} className="hr-mono">
                        {event.name}
                      </Text>
                    </Table.Td>
                    <Table.Td className="hr-nums">{formatExact(event.at)}</Table.Td>
                    <Table.Td style={{ overflowWrap: 'anywhere' }}>{event.worker ?? '–'}</Table.Td>
                    <Table.Td maw={320}>
                      <Text size="xs" className="hr-pre" lineClamp={4}>
                        {event.detail ? stringifyJson(withoutThoughts(event.detail)) : '–'}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ),
              )}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}

/** Thoughts are long, and stand with their attempt. */
function withoutThoughts(detail: Record<string, unknown>): Record<string, unknown> {
  const { reasoning, ...rest } = detail;
  return typeof reasoning === 'string' ? { ...rest, reasoning: plural(reasoning.length, 'character') } : detail;
}

/** Attempts that only waited for a provider: many lines that say the same, in one. */
function ProviderWaitRow({ wait }: { wait: ProviderWaitLines<JobEvent> }) {
  const { count, first, last } = wait;
  return (
    <Table.Tr>
      <Table.Td>
        {first.version}–{last.version}
      </Table.Td>
      <Table.Td>
        <Text size="sm" className="hr-mono">
          released{count > 1 && ` × ${count}`}
        </Text>
      </Table.Td>
      <Table.Td className="hr-nums">
        {formatExact(first.at)} – {formatExact(last.at)}
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{last.worker ?? '–'}</Table.Td>
      <Table.Td maw={320}>
        <Text size="xs">{describeProviderWait(wait)}</Text>
      </Table.Td>
    </Table.Tr>
  );
}
