import { Button, Group, Stack, Switch, Title } from '@mantine/core';
import { IconListDetails, IconPencil, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { isApiError } from '@/api/client';
import { meQuery } from '@/api/rights';
import { useChooseTeam } from '@/api/session';
import { teamQuery, useUpdateTeam } from '@/api/teams';
import type { Team } from '@/api/types';
import { DialogButton } from '@/ui/DialogButton';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { LinkButton } from '@/ui/LinkButton';
import { BackLink } from '@/ui/PageHead';
import { Panel } from '@/ui/Panel';
import { RefusedNote } from '@/ui/RefusedNote';
import { Tag } from '@/ui/Tag';
import { usePageTitle } from '@/ui/usePageTitle';
import { MembersPanel } from './MembersPanel';
import { RenameTeam } from './RenameTeam';

/** A team: its name, what its viewers see, who acts for it. */
export function TeamPage({ id }: { id: string }) {
  const found = useQuery(teamQuery(id));
  usePageTitle(found.data ? `Team ${found.data.name}` : 'Team');
  const isUnknown = isApiError(found.error) && (found.error.status === 404 || found.error.status === 422);
  return (
    <Stack gap="md">
      <Group>
        <BackLink to="/teams">All teams</BackLink>
      </Group>
      {found.isError && !isUnknown && (
        <ErrorFace
          error={found.error}
          what="the team"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the team" />}
      {isUnknown && (
        <EmptyFace
          isPage
          icon={IconUsersGroup}
          title="No such team"
          action={<LinkButton to="/teams">To the teams</LinkButton>}
        >
          There never was a team with this id.
        </EmptyFace>
      )}
      {found.data && <Content team={found.data} />}
    </Stack>
  );
}

function Content({ team }: { team: Team }) {
  const update = useUpdateTeam(team.id);
  const choose = useChooseTeam();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const see = () => choose.mutate(team.id, { onSuccess: () => void navigate({ to: '/jobs' }) });
  return (
    <>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
            {team.name}
          </Title>
          {team.is_personal && <Tag>a user’s own</Tag>}
        </Group>
        <Group gap="xs">
          {me && team.id !== me.user_id && (
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<IconListDetails size={15} aria-hidden />}
              loading={choose.isPending}
              onClick={see}
            >
              See its jobs
            </Button>
          )}
          <DialogButton
            leftSection={<IconPencil size={15} aria-hidden />}
            title="Rename the team"
            dialog={(close) => <RenameTeam team={team} onClose={close} />}
          >
            Rename
          </DialogButton>
        </Group>
      </Group>
      {choose.isError && <RefusedNote error={choose.error} />}
      <Panel title="What viewers see">
        <Switch
          label="Hide payloads from viewers"
          description="They see that jobs ran, how long and at what cost, but no inputs, results, files and error texts."
          checked={update.isPending ? (update.variables.hides_payloads ?? team.hides_payloads) : team.hides_payloads}
          disabled={update.isPending}
          onChange={(event) => update.mutate({ hides_payloads: event.currentTarget.checked })}
        />
        {update.isError && <RefusedNote error={update.error} />}
      </Panel>
      <MembersPanel team={team} />
    </>
  );
}
