import { Box, Group, Text } from '@mantine/core';
import { ROLES } from '@/api/rights';
import type { User } from '@/api/types';
import { AppLink } from '@/ui/AppLink';
import { type Column, Records } from '@/ui/Records';
import { RelativeTime } from '@/ui/RelativeTime';
import { Tag } from '@/ui/Tag';
import { UserActions } from './UserActions';

interface Props {
  users: readonly User[];
  ownId: string | undefined;
}

/** Users with what they are, and when they were last there. */
export function UserTable({ users, ownId }: Props) {
  const columns: [Column<User>, ...Column<User>[]] = [
    { label: 'User', show: (user) => <Name user={user} isOwn={user.id === ownId} /> },
    { label: 'Role', show: ({ role }) => ROLES[role].label },
    { label: 'State', show: (user) => <State user={user} /> },
    { label: 'Last seen', show: ({ last_seen_at: at }) => (at ? <RelativeTime at={at} /> : 'never') },
    { label: 'Created', show: ({ created_at: at }) => <RelativeTime at={at} /> },
    {
      label: 'Keys',
      show: ({ id, name }) => (
        <AppLink to="/keys" search={{ of: id }} inherit aria-label={`See keys of ${name}`}>
          See keys
        </AppLink>
      ),
    },
  ];
  return (
    <Records
      label="Users"
      items={users}
      keyOf={({ id }) => id}
      columns={columns}
      actions={(user) => (user.is_service ? null : <UserActions user={user} isOwn={user.id === ownId} />)}
    />
  );
}

function Name({ user: { name, email }, isOwn }: { user: User; isOwn: boolean }) {
  return (
    <Box>
      <Group gap={6}>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
        {isOwn && <Tag tone="indigo">you</Tag>}
      </Group>
      {email && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {email}
        </Text>
      )}
    </Box>
  );
}

function State({ user }: { user: User }) {
  if (user.is_service) return <Tag>Service account</Tag>;
  return user.is_active ? <Tag tone="teal">Active</Tag> : <Tag tone="red">Disabled</Tag>;
}
