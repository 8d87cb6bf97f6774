import { Box, Text, TextInput } from '@mantine/core';
import { IconUserMinus, IconUserPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { faultsAt } from '@/api/faults';
import { ROLES } from '@/api/rights';
import { membersQuery, useAddMember, useRemoveMember } from '@/api/teams';
import type { Team, TeamMember } from '@/api/types';
import { AskButton } from '@/ui/AskButton';
import { DialogButton } from '@/ui/DialogButton';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { FormFrame } from '@/ui/FormFrame';
import { Panel } from '@/ui/Panel';
import { type Column, Records } from '@/ui/Records';
import { Tag } from '@/ui/Tag';

const FIELDS = ['email'] as const;
const COLUMNS: readonly [Column<TeamMember>, ...Column<TeamMember>[]] = [
  {
    label: 'Member',
    show: ({ name, email }) => (
      <Box>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
        {email && (
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {email}
          </Text>
        )}
      </Box>
    ),
  },
  { label: 'Role', show: ({ role }) => ROLES[role].label },
  {
    label: 'State',
    show: ({ is_active: isActive }) => (isActive ? <Tag tone="teal">Active</Tag> : <Tag tone="red">Disabled</Tag>),
  },
];

/** Who acts for a team. */
export function MembersPanel({ team }: { team: Team }) {
  const found = useQuery(membersQuery(team.id));
  const members = found.data?.items ?? [];
  return (
    <Panel
      title="Members"
      hint="a role is the user’s own, the same in each team"
      aside={
        <DialogButton
          leftSection={<IconUserPlus size={15} aria-hidden />}
          title={`Add a member to ${team.name}`}
          dialog={(close) => <AddMember team={team} onClose={close} />}
        >
          Add a member
        </DialogButton>
      }
    >
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the members"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the members" />}
      {found.data && members.length === 0 && (
        <EmptyFace icon={IconUsersGroup} title="No members yet">
          Nobody acts for this team. Who is added sees its jobs and files, and may make keys for it.
        </EmptyFace>
      )}
      {members.length > 0 && (
        <Records
          label="Members"
          items={members}
          keyOf={({ user_id: id }) => id}
          columns={COLUMNS}
          actions={(member) => (member.user_id === team.id ? null : <RemoveMember team={team} member={member} />)}
        />
      )}
    </Panel>
  );
}

function AddMember({ team, onClose }: { team: Team; onClose: () => void }) {
  const add = useAddMember(team.id);
  const [email, setEmail] = useState('');
  const { at, isLoose } = faultsAt(add.error, FIELDS);
  return (
    <FormFrame
      submit="Add"
      onSubmit={() => add.mutate(email.trim(), { onSuccess: onClose })}
      isPending={add.isPending}
      error={add.error}
      isLoose={isLoose}
      onCancel={onClose}
    >
      <TextInput
        label="E-mail address of a user"
        type="email"
        autoComplete="off"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={at.email}
        data-autofocus
      />
    </FormFrame>
  );
}

function RemoveMember({ team, member }: { team: Team; member: TeamMember }) {
  const remove = useRemoveMember(team.id);
  return (
    <AskButton
      leftSection={<IconUserMinus size={15} aria-hidden />}
      aria-label={`Remove ${member.name}`}
      title={`Remove ${member.name} from ${team.name}?`}
      question="The team’s jobs and files are not shown to this user any more, and the user’s keys for it are refused, from the next request on."
      keep="Keep"
      isDanger
      action={{ ...remove, run: (onDone) => remove.mutate(member.user_id, { onSuccess: onDone }) }}
    >
      Remove
    </AskButton>
  );
}
