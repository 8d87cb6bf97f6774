import { Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { JobDetail } from '@/api/types';
import { formatCount, formatDuration } from '@/lib/format';
import { formatCost, formatUsd } from '@/lib/money';
import { CopyButton } from '@/ui/CopyButton';
import { JsonView } from '@/ui/JsonView';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { describeFallback, describeRefusals } from './words';

function tokensOf(job: JobDetail): string | null {
  if (job.prompt_tokens === null && job.completion_tokens === null) return null;
  const [asked, said] = [job.prompt_tokens ?? 0, job.completion_tokens ?? 0];
  const cached = job.cached_tokens ? ` (${formatCount(job.cached_tokens)} cached)` : '';
  const thought = job.attempts.reduce((sum, one) => sum + (one.reasoning_tokens ?? 0), 0);
  const thinking = thought ? ` (${formatCount(thought)} thinking)` : '';
  return `${formatCount(asked)} in${cached} + ${formatCount(said)} out${thinking} = ${formatCount(asked + said)}`;
}

/** What it cost, of what it may. A price that nobody knows is not nothing. */
function costOf({ cost_usd: cost, max_cost_usd: most, prompt_tokens: tokens, attempts }: JobDetail): string | null {
  const unpriced = attempts.reduce((sum, one) => sum + (one.unpriced ?? 0), 0);
  const spent = cost === null && !tokens ? null : formatCost(cost, unpriced);
  if (most === null) return spent;
  return spent === null ? `at most ${formatUsd(most)}` : `${spent}, of at most ${formatUsd(most)}`;
}

function fallbackOf({ attempts }: JobDetail): string | null {
  const found = attempts.findLast(({ fallback }) => fallback)?.fallback;
  return found ? describeFallback(found) : null;
}

function refusalsOf(job: JobDetail): string | null {
  const said = describeRefusals(job);
  return said && `${said} for the provider's limit`;
}

function rowsOf(job: JobDetail): [string, ReactNode][] {
  return [
    ['Type', job.type],
    ['Queue', job.queue],
    ['Priority', job.priority],
    ['Attempts', `${job.attempts_used} of ${job.max_attempts}`],
    ['Refusals', refusalsOf(job)],
    ['Lost workers', job.crashes > 0 ? `${job.crashes} of ${job.max_crashes}` : null],
    ['Worker', job.worker],
    ['Provider', job.provider],
    ['Asked for', job.requested_model],
    ['Answered', job.model],
    ['Why', fallbackOf(job)],
    ['Prompt', job.prompt_version],
    ['Tokens', tokensOf(job)],
    ['Cost', costOf(job)],
    ['Created', <RelativeTime key="created" at={job.created_at} />],
    ['Due', job.finished_at ? null : <RelativeTime key="due" at={job.run_at} ahead />],
    ['Started', job.started_at && <RelativeTime key="started" at={job.started_at} />],
    ['Finished', job.finished_at && <RelativeTime key="finished" at={job.finished_at} />],
    ['Deadline', job.finished_at ? null : <RelativeTime key="deadline" at={job.deadline_at} ahead />],
    ['Timeout', `${formatDuration(job.timeout_s * 1000)} an attempt`],
    [
      'Request',
      job.request_id && (
        <Group key="request" gap={2} wrap="nowrap">
          <Text span className="hr-mono" fz="xs">
            {job.request_id}
          </Text>
          <CopyButton text={job.request_id} label="Copy request id" />
        </Group>
      ),
    ],
  ];
}

/** What is known about a job besides its input and result; what is unknown takes no line. */
export function Facts({ job }: { job: JobDetail }) {
  return (
    <Panel title="Facts">
      <Table withRowBorders={false} verticalSpacing={4} horizontalSpacing={0} fz="sm" layout="fixed">
        <Table.Tbody>
          {rowsOf(job)
            .filter(([, value]) => value !== null && value !== '')
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th fw={400} c="dimmed" w={92} style={{ verticalAlign: 'top' }}>
                  {name}
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {job.metadata && Object.keys(job.metadata).length > 0 && (
        <>
          <Text size="sm" c="dimmed">
            Metadata
          </Text>
          <JsonView value={job.metadata} />
        </>
      )}
    </Panel>
  );
}
