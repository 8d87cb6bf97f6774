import { Paper, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import type { FlowScope } from '@/api/controls';
import { useMay } from '@/api/rights';
import type { Flow } from '@/api/types';
import { formatCount, formatSeconds } from '@/lib/format';
import { CountCell, LoadCell, NameCell } from './cells';
import { FlowActions } from './FlowActions';
import { isQueue } from './words';

interface Figure {
  label: string;
  isWide?: boolean;
  show: (one: Flow, scope: FlowScope) => ReactNode;
}

const BOTH: Figure[] = [
  {
    label: 'Waiting',
    show: (one, scope) => <CountCell scope={scope} one={one} status="pending" count={one.waiting} />,
  },
  {
    label: 'Scheduled',
    show: (one, scope) => <CountCell scope={scope} one={one} status="scheduled" count={one.scheduled} />,
  },
  { label: 'Running', isWide: true, show: (one) => <LoadCell one={one} /> },
];

const OF_QUEUES: Figure[] = [
  { label: 'Slots', show: (one) => isQueue(one) && formatCount(one.slots) },
  {
    label: 'In broker',
    show: (one) => isQueue(one) && (one.in_broker === null ? 'unknown' : formatCount(one.in_broker)),
  },
  { label: 'Oldest waits', show: (one) => isQueue(one) && formatSeconds(one.oldest_waiting_s) },
];

interface Props {
  scope: FlowScope;
  flows: readonly Flow[];
}

/** Queues or job types: figures side by side where there is room for it, else a card for each. */
export function FlowTable({ scope, flows }: Props) {
  const isNarrow = useMediaQuery('(max-width: 62em)', undefined, { getInitialValueInEffect: false });
  const mayControl = useMay('operate');
  const figures = scope === 'queue' ? [...BOTH, ...OF_QUEUES] : BOTH;
  if (isNarrow) return <FlowCards scope={scope} flows={flows} figures={figures} />;
  return (
    <Table verticalSpacing={8} fz="sm" className="hr-nums">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{scope === 'queue' ? 'Queue' : 'Type'}</Table.Th>
          {figures.map(({ label, isWide }) => (
            <Table.Th key={label} ta={isWide ? 'left' : 'right'} pl={isWide ? 'xl' : undefined}>
              {label}
            </Table.Th>
          ))}
          {mayControl && <Table.Th ta="right">Control</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {flows.map((one) => (
          <Table.Tr key={one.name}>
            <Table.Th scope="row" fw={400} w="26%">
              <NameCell scope={scope} one={one} />
            </Table.Th>
            {figures.map(({ label, isWide, show }) => (
              <Table.Td key={label} ta={isWide ? 'left' : 'right'} pl={isWide ? 'xl' : undefined}>
                {show(one, scope)}
              </Table.Td>
            ))}
            {mayControl && (
              <Table.Td>
                <FlowActions scope={scope} one={one} />
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function FlowCards({ scope, flows, figures }: Props & { figures: readonly Figure[] }) {
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {flows.map((one) => (
        <Paper key={one.name} withBorder p="sm" component="li">
          <NameCell scope={scope} one={one} />
          <SimpleGrid
            component="dl"
            cols={{ base: 2, xs: 3 }}
            spacing="md"
            verticalSpacing={4}
            my="sm"
            fz="sm"
            className="hr-nums"
          >
            {figures.map(({ label, show }) => (
              <div key={label}>
                <Text component="dt" size="xs" c="dimmed">
                  {label}
                </Text>
                <Text component="dd" size="sm" m={0}>
                  {show(one, scope)}
                </Text>
              </div>
            ))}
          </SimpleGrid>
          <FlowActions scope={scope} one={one} />
        </Paper>
      ))}
    </Stack>
  );
}
