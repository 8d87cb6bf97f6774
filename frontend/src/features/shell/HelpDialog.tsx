import { Group, Kbd, Modal, Table, Text } from '@mantine/core';
import { useRights } from '@/api/rights';
import { isFor, SHORTCUTS } from './nav';

interface Props {
  isOpen: boolean;
  onClose: () => void;
}

export function HelpDialog({ isOpen, onClose }: Props) {
  const shown = SHORTCUTS.filter(isFor(useRights()));
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keyboard" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table withRowBorders={false} verticalSpacing={6}>
        <Table.Tbody>
          {shown.map(({ keys, does }) => (
            <Table.Tr key={does}>
              <Table.Th w={90} fw={400}>
                <Group gap={4}>
                  {keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </Group>
              </Table.Th>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="sm">
        The keys work while no field has the focus. In the search field, qualifiers such as <code>type:echo</code>,{' '}
        <code>status:failed</code> and <code>queue:default</code> set the filters.
      </Text>
    </Modal>
  );
}
