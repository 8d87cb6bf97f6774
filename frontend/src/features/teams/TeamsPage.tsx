import { Group, Stack, Text, Title } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { teamsQuery } from '@/api/teams';
import type { Team } from '@/api/types';
import { formatCount } from '@/lib/format';
import { itemsOf } from '@/lib/items';
import { AppLink } from '@/ui/AppLink';
import { DialogButton } from '@/ui/DialogButton';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { MoreButton } from '@/ui/MoreButton';
import { type Column, Records } from '@/ui/Records';
import { RelativeTime } from '@/ui/RelativeTime';
import { Tag } from '@/ui/Tag';
import { usePageTitle } from '@/ui/usePageTitle';
import { CreateTeam } from './CreateTeam';

const COLUMNS: readonly [Column<Team>, ...Column<Team>[]] = [
  {
    label: 'Team',
    show: ({ id, name, is_personal: isPersonal }) => (
      <Group gap="xs">
        <AppLink to="/teams/$teamId" params={{ teamId: id }} fw={600} size="sm" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </AppLink>
        {isPersonal && <Tag>a user’s own</Tag>}
      </Group>
    ),
  },
  { label: 'Members', show: ({ members }) => formatCount(members) },
  {
    label: 'Viewers see',
    show: ({ hides_payloads: hides }) => (hides ? 'no inputs and results' : 'everything'),
  },
  { label: 'Created', show: ({ created_at: at }) => <RelativeTime at={at} /> },
];

/** Whose jobs, files and keys there are. */
export function TeamsPage({ onTeam }: { onTeam: (id: string) => void }) {
  usePageTitle('Teams');
  const found = useInfiniteQuery(teamsQuery);
  const teams = itemsOf(found.data);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Teams
        </Title>
        <DialogButton
          size="sm"
          variant="filled"
          title="Create a team"
          dialog={(close) => <CreateTeam onCreated={onTeam} onClose={close} />}
        >
          Create a team
        </DialogButton>
      </Group>
      <Text size="sm" c="dimmed">
        Each job, file and key belongs to a team; members and viewers see those of their teams alone.
      </Text>
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the teams"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the teams" />}
      {found.data && teams.length === 0 && (
        <EmptyFace icon={IconUsersGroup} title="No teams yet">
          Each user has a team of his own; teams of several land here, too.
        </EmptyFace>
      )}
      {teams.length > 0 && <Records label="Teams" items={teams} keyOf={({ id }) => id} columns={COLUMNS} />}
      <MoreButton list={found}>More teams</MoreButton>
    </Stack>
  );
}
