import { Box, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Key, Me } from '@/api/types';
import { userQuery } from '@/api/users';
import { shortId } from '@/lib/format';
import { type Column, Records } from '@/ui/Records';
import { RelativeTime } from '@/ui/RelativeTime';
import { Tag } from '@/ui/Tag';
import { KeyActions } from './KeyActions';
import { boundsOf, STATES, stateOf } from './words';

interface Props {
  keys: readonly Key[];
  me: Me;
  /** Keys of others may be among them. */
  isOfMany: boolean;
}

/** Keys without their secrets. */
export function KeyTable({ keys, me, isOfMany }: Props) {
  const columns: [Column<Key>, ...Column<Key>[]] = [
    { label: 'Key', show: (key) => <Name of={key} /> },
    ...(isOfMany ? [{ label: 'User', show: (key: Key) => <Owner id={key.user_id} me={me} /> }] : []),
    ...(me.teams.length > 1 && !isOfMany
      ? [{ label: 'Team', show: (key: Key) => me.teams.find(({ id }) => id === key.team_id)?.name ?? 'one you left' }]
      : []),
    { label: 'Scopes', show: (key) => <Scopes of={key} /> },
    {
      label: 'Last used',
      show: ({ last_used_at: at }) => (at ? <RelativeTime at={at} /> : 'never'),
    },
    { label: 'State', show: (key) => <State of={key} /> },
  ];
  return (
    <Records
      label="Keys"
      items={keys}
      keyOf={({ id }) => id}
      columns={columns}
      actions={(key) => <KeyActions of={key} isOwn={key.user_id === me.user_id} />}
    />
  );
}

function Name({ of: { description, prefix } }: { of: Key }) {
  return (
    <Box>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {description}
      </Text>
      <Text size="sm" c="dimmed" className="hr-mono">
        {prefix}…
      </Text>
    </Box>
  );
}

function Owner({ id, me }: { id: string; me: Me }) {
  const isOwn = id === me.user_id;
  const { data: user } = useQuery({ ...userQuery(id), enabled: !isOwn });
  if (isOwn) return 'you';
  return <span title={id}>{user ? (user.email ?? user.name) : shortId(id)}</span>;
}

function Scopes({ of }: { of: Key }) {
  const bounds = boundsOf(of);
  return (
    <Box maw={320}>
      <Text size="sm">{of.scopes.join(', ')}</Text>
      {bounds && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {bounds}
        </Text>
      )}
    </Box>
  );
}

function State({ of }: { of: Key }) {
  const state = stateOf(of);
  const { label, tone } = STATES[state];
  return (
    <Group gap={6} wrap="nowrap">
      <Tag tone={tone}>{label}</Tag>
      <Text size="sm" c="dimmed" component="div" style={{ whiteSpace: 'nowrap' }}>
        {state === 'revoked' && of.revoked_at ? (
          <RelativeTime at={of.revoked_at} />
        ) : state === 'expired' ? (
          <RelativeTime at={of.expires_at} />
        ) : (
          <>
            ends <RelativeTime at={of.expires_at} ahead />
          </>
        )}
      </Text>
    </Group>
  );
}
