import { Table } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { StatsWindow } from '@/api/types';
import { formatCount, formatSeconds } from '@/lib/format';
import { Panel } from '@/ui/Panel';

const FIGURES: [string, (one: StatsWindow) => string][] = [
  ['A minute', ({ per_minute }) => (per_minute < 10 ? per_minute.toFixed(2) : formatCount(Math.round(per_minute)))],
  ['Completed', ({ completed }) => formatCount(completed)],
  ['Failed', ({ failed }) => formatCount(failed)],
  ['Cancelled', ({ cancelled }) => formatCount(cancelled)],
  ['Wait p50', ({ wait }) => formatSeconds(wait.p50_s)],
  ['Wait p95', ({ wait }) => formatSeconds(wait.p95_s)],
  ['Run p50', ({ run }) => formatSeconds(run.p50_s)],
  ['Run p95', ({ run }) => formatSeconds(run.p95_s)],
];

/** The windows of the statistics as figures: side by side where there is room for it, else one below the other. */
export function WindowsTable({ windows }: { windows: Record<string, StatsWindow> }) {
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const known = Object.entries(windows);
  const [heads, rows] = isNarrow
    ? [known.map(([name]) => name), FIGURES.map(([label, show]) => [label, ...known.map(([, one]) => show(one))])]
    : [
        FIGURES.map(([label]) => label),
        known.map(([name, one]) => [`last ${name}`, ...FIGURES.map(([, show]) => show(one))]),
      ];
  return (
    <Panel title="Ended within">
      <Table verticalSpacing={6} fz="sm" className="hr-nums">
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            {heads.map((head) => (
              <Table.Th key={head} ta="right">
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([label, ...cells]) => (
            <Table.Tr key={label}>
              <Table.Th fw={400} scope="row">
                {label}
              </Table.Th>
              {heads.map((head, index) => (
                <Table.Td key={head} ta="right">
                  {cells[index]}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
