import { Box, Button, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { meQuery } from '@/api/rights';
import { useChooseTeam, useForgetOtherTeams } from '@/api/session';
import { choicesOf } from './teams';

/** Whose jobs are shown, and the choice of another team; nothing for who has one alone. */
export function TeamSwitch() {
  // Another tab, which has the same session, may have chosen.
  const { data: me } = useQuery({ ...meQuery, refetchOnWindowFocus: 'always' });
  const choose = useChooseTeam();
  useForgetOtherTeams(me?.team_id);
  const choices = me ? choicesOf(me) : [];
  const current = choices.find(({ id }) => id === me?.team_id);
  const change = (id: string) =>
    choose.mutate(id, {
      onError: ({ message }) => notifications.show({ color: 'red', title: 'Could not change the team', message }),
    });
  if (choices.length < 2) return null;
  return (
    <Box mb="sm">
      <Menu position="bottom-start" width={260} withinPortal={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="compact-sm"
            maw="100%"
            leftSection={<IconUsersGroup size={16} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            <Text span inherit truncate>
              Jobs of {current?.label}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="60vh" style={{ overflowY: 'auto' }}>
          {choices.map(({ id, label }) => (
            <Menu.Item
              key={id}
              onClick={() => change(id)}
              fw={id === current?.id ? 600 : 400}
              aria-current={id === current?.id}
              style={{ overflowWrap: 'anywhere' }}
            >
              Jobs of {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Box>
  );
}
