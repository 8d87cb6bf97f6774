import { Group, Paper, Stack, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';

export interface Column<T> {
  label: string;
  show: (one: T) => ReactNode;
}

interface Props<T> {
  /** What they are, such as `Users`. */
  label: string;
  items: readonly T[];
  keyOf: (one: T) => string;
  /** The first one names the record. */
  columns: readonly [Column<T>, ...Column<T>[]];
  actions?: (one: T) => ReactNode;
  /** What stands over the actions. */
  actionsLabel?: string;
}

/** Records: a table where there is room for it, else a card for each. A column without a value takes no line of a card. */
export function Records<T>({ label, items, keyOf, columns, actions, actionsLabel = 'Actions' }: Props<T>) {
  const isNarrow = useMediaQuery('(max-width: 62em)', undefined, { getInitialValueInEffect: false });
  const [first, ...others] = columns;
  if (isNarrow) {
    return (
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label={label}>
        {items.map((one) => (
          <Paper key={keyOf(one)} withBorder p="sm" component="li">
            <Text size="sm" component="div">
              {first.show(one)}
            </Text>
            <Stack component="dl" gap={3} my={6}>
              {others.map((column) => (
                <CardLine key={column.label} label={column.label} value={column.show(one)} />
              ))}
            </Stack>
            {actions && <Group gap={6}>{actions(one)}</Group>}
          </Paper>
        ))}
      </Stack>
    );
  }
  return (
    <Paper withBorder style={{ overflow: 'hidden' }}>
      <Table verticalSpacing={7} fz="sm" className="hr-nums" highlightOnHover aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ label: head }) => (
              <Table.Th key={head} style={{ whiteSpace: 'nowrap' }}>
                {head}
              </Table.Th>
            ))}
            {actions && <Table.Th ta="right">{actionsLabel}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((one) => (
            <Table.Tr key={keyOf(one)}>
              <Table.Th scope="row" fw={400}>
                {first.show(one)}
              </Table.Th>
              {others.map(({ label: head, show }) => (
                <Table.Td key={head}>{show(one) ?? '–'}</Table.Td>
              ))}
              {actions && (
                <Table.Td>
                  <Group gap={6} justify="flex-end" wrap="nowrap">
                    {actions(one)}
                  </Group>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function CardLine({ label, value }: { label: string; value: ReactNode }) {
  if (value === null || value === undefined) return null;
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Text component="dt" size="sm" c="dimmed" w={96} flex="none">
        {label}
      </Text>
      <Text component="dd" size="sm" m={0} className="hr-nums" style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
        {value}
      </Text>
    </Group>
  );
}
