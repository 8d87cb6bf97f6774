import { Stack, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AuditLine } from '@/api/types';
import { formatExact } from '@/lib/format';
import { CopyButton } from '@/ui/CopyButton';
import { DialogButton } from '@/ui/DialogButton';
import { JsonView } from '@/ui/JsonView';

/** The button that shows everything of a line: before and after, the request, what the client called itself. */
export function LineDetail({ line }: { line: AuditLine }) {
  return (
    <DialogButton
      aria-label={`Details of ${line.action} of ${line.target}, ${formatExact(line.at)}`}
      title={`${line.action} by ${line.actor}`}
      dialog={() => <Detail line={line} />}
    >
      Details
    </DialogButton>
  );
}

function Detail({ line }: { line: AuditLine }) {
  const rows: [string, ReactNode][] = [
    ['When', formatExact(line.at)],
    ['Target', <Mono key="target">{line.target}</Mono>],
    ['User', line.user_id && <Mono key="user">{line.user_id}</Mono>],
    ['Key', line.key_id && <Mono key="key">{line.key_id}</Mono>],
    ['From', line.address],
    ['Client', line.agent],
    [
      'Request',
      line.request_id && (
        <span key="request">
          <Mono>{line.request_id}</Mono> <CopyButton text={line.request_id} label="Copy request id" />
        </span>
      ),
    ],
  ];
  return (
    <Stack gap="sm">
      <Table withRowBorders={false} verticalSpacing={4} horizontalSpacing={0} fz="sm" layout="fixed">
        <Table.Tbody>
          {rows
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th fw={400} c="dimmed" w={76} style={{ verticalAlign: 'top' }}>
                  {name}
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {line.detail && <JsonView value={line.detail} />}
    </Stack>
  );
}

function Mono({ children }: { children: string }) {
  return <span className="hr-mono">{children}</span>;
}
