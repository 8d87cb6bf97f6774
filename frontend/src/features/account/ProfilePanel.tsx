import { Group, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ALL_RIGHTS, RIGHTS, ROLES } from '@/api/rights';
import type { Me } from '@/api/types';
import { Panel } from '@/ui/Panel';
import { Tag } from '@/ui/Tag';

/** Name, address, role and teams. */
export function ProfilePanel({ me }: { me: Me }) {
  const rows: [string, ReactNode][] = [
    ['Name', me.name],
    ['Address', me.email ?? 'none: this is the account of the service token'],
    ['Role', `${ROLES[me.role].label}: ${ROLES[me.role].meaning}`],
    ['May', <Rights key="may" me={me} />],
    ['Teams', <Teams key="teams" me={me} />],
  ];
  return (
    <Panel title="Who you are" h="100%">
      <Table withRowBorders={false} verticalSpacing={4} horizontalSpacing={0} fz="sm" layout="fixed">
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th fw={400} c="dimmed" w={84} style={{ verticalAlign: 'top' }}>
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function Rights({ me }: { me: Me }) {
  return ALL_RIGHTS.filter((right) => me.rights.includes(right)).map((right) => <div key={right}>{RIGHTS[right]}</div>);
}

function Teams({ me: { teams, team_id: current } }: { me: Me }) {
  if (teams.length === 0) return 'none';
  return (
    <Stack component="ul" gap={4} p={0} m={0} style={{ listStyle: 'none' }}>
      {teams.map(({ id, name, hides_payloads: hides }) => (
        <Group key={id} component="li" gap={6}>
          <Text span inherit>
            {name}
          </Text>
          {id === current && teams.length > 1 && <Tag tone="indigo">you act for it</Tag>}
          {hides && <Tag>hides payloads from viewers</Tag>}
        </Group>
      ))}
    </Stack>
  );
}
