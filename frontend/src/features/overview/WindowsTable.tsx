import { Table } from '@mantine/core';
import type { StatsWindow } from '@/api/types';
import { formatCount, formatSeconds } from '@/lib/format';
import { Panel } from '@/ui/Panel';

/** The windows of the statistics as figures. */
export function WindowsTable({ windows }: { windows: Record<string, StatsWindow> }) {
  const columns = Object.entries(windows);
  const rows: [string, (one: StatsWindow) => string][] = [
    ['A minute', ({ per_minute }) => (per_minute < 10 ? per_minute.toFixed(2) : formatCount(Math.round(per_minute)))],
    ['Completed', ({ completed }) => formatCount(completed)],
    ['Failed', ({ failed }) => formatCount(failed)],
    ['Cancelled', ({ cancelled }) => formatCount(cancelled)],
    ['Wait p50', ({ wait }) => formatSeconds(wait.p50_s)],
    ['Wait p95', ({ wait }) => formatSeconds(wait.p95_s)],
    ['Run p50', ({ run }) => formatSeconds(run.p50_s)],
    ['Run p95', ({ run }) => formatSeconds(run.p95_s)],
  ];
  return (
    <Panel title="Ended within" h="100%">
      <Table verticalSpacing={5} fz="sm" className="hr-nums">
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            {columns.map(([name]) => (
              <Table.Th key={name} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([label, show]) => (
            <Table.Tr key={label}>
              <Table.Th fw={400} scope="row">
                {label}
              </Table.Th>
              {columns.map(([name, window]) => (
                <Table.Td key={name} ta="right">
                  {show(window)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
