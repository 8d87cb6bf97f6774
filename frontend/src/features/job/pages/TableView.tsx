import { Box, Button, Group, ScrollArea, Stack, Table } from '@mantine/core';
import { useMemo, useState } from 'react';
import { plural } from '@/lib/format';
import { CopyButton } from '@/ui/CopyButton';
import { layOut, type Rows, tsvOf } from './tables';

const SHOWN_ROWS = 60;

/** A table of a page, with its numbers to the right; wide ones scroll for themselves. */
export function TableView({ rows, label }: { rows: Rows; label: string }) {
  const { head, body, isNumeric } = useMemo(() => layOut(rows), [rows]);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? body : body.slice(0, SHOWN_ROWS);
  const align = (column: number) => (isNumeric[column] ? 'right' : 'left');
  return (
    <Stack gap={4}>
      <ScrollArea.Autosize
        type="auto"
        offsetScrollbars="x"
        viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': label }}
      >
        <Table striped withTableBorder withColumnBorders className="hr-cells" fz="sm">
          <Table.Caption>{`${label}, ${plural(body.length, 'row')}`}</Table.Caption>
          {head && (
            <Table.Thead>
              <Table.Tr>
                {head.map((cell, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name, and none ever moves
                  <Table.Th key={column} scope="col" ta={align(column)} dir="auto">
                    {cell}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
          )}
          <Table.Tbody>
            {shown.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and none ever moves
              <Table.Tr key={index}>
                {row.map((cell, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name, and none ever moves
                  <Table.Td key={column} ta={align(column)} dir={isNumeric[column] ? undefined : 'auto'}>
                    {cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      <Group gap="xs">
        <Box>
          <CopyButton wide text={() => tsvOf(rows)} label="Copy table as TSV" />
        </Box>
        {body.length > SHOWN_ROWS && (
          <Button variant="subtle" size="compact-sm" onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
            {isWhole ? 'Show fewer rows' : `Show all ${plural(body.length, 'row')}`}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
