import { Group, Text } from '@mantine/core';
import { IconDeviceDesktop, IconLogout } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { ownSessionsQuery, useEndOtherSessions, useEndSession, useSignOutEverywhere } from '@/api/account';
import type { Me, OwnSession } from '@/api/types';
import { AskButton } from '@/ui/AskButton';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { Panel } from '@/ui/Panel';
import { type Column, Records } from '@/ui/Records';
import { RelativeTime } from '@/ui/RelativeTime';
import { Tag } from '@/ui/Tag';

const COLUMNS: readonly [Column<OwnSession>, ...Column<OwnSession>[]] = [
  {
    label: 'Signed in from',
    show: ({ address, is_current: isCurrent }) => (
      <Group gap="xs">
        <Text span size="sm" fw={600}>
          {address || 'unknown'}
        </Text>
        {isCurrent && <Tag tone="teal">this browser</Tag>}
      </Group>
    ),
  },
  { label: 'Since', show: ({ opened_at: at }) => <RelativeTime at={at} /> },
  { label: 'Ends', show: ({ expires_at: at }) => <RelativeTime at={at} ahead /> },
];

interface Props {
  me: Me;
  onSignedOut: () => void;
}

/** The browsers in which the account is open, to be signed out of. */
export function SessionsPanel({ me, onSignedOut }: Props) {
  const found = useQuery(ownSessionsQuery);
  const others = useEndOtherSessions();
  const everything = useSignOutEverywhere();
  const sessions = found.data?.items ?? [];
  const hasOthers = sessions.some(({ is_current: isCurrent }) => !isCurrent);
  return (
    <Panel
      title="Sessions"
      hint="browsers in which you are signed in"
      aside={
        <Group gap={6}>
          {hasOthers && (
            <AskButton
              leftSection={<IconLogout size={15} aria-hidden />}
              title="End all other sessions?"
              question="Every other browser is signed out at once. This one stays signed in, and so do programs with an API key."
              keep="Keep them"
              action={{ ...others, run: (onDone) => others.mutate(undefined, { onSuccess: onDone }) }}
            >
              End all others
            </AskButton>
          )}
          {me.email !== null && (
            <AskButton
              leftSection={<IconLogout size={15} aria-hidden />}
              title="Sign out everywhere?"
              question="Every browser, this one too, and every program that signed in with your password is signed out at once. API keys go on: revoke one where it is listed."
              keep="Stay"
              isDanger
              action={{ ...everything, run: () => everything.mutate(undefined, { onSuccess: onSignedOut }) }}
            >
              Sign out everywhere
            </AskButton>
          )}
        </Group>
      }
    >
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the sessions"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the sessions" />}
      {found.data && sessions.length === 0 && (
        <EmptyFace icon={IconDeviceDesktop} title="No open session">
          A browser in which you sign in has a line here for as long as it stays signed in.
        </EmptyFace>
      )}
      {sessions.length > 0 && (
        <Records
          label="Sessions"
          items={sessions}
          keyOf={({ id }) => id}
          columns={COLUMNS}
          actions={(session) => (session.is_current ? null : <EndSession session={session} />)}
        />
      )}
    </Panel>
  );
}

function EndSession({ session: { id, address } }: { session: OwnSession }) {
  const end = useEndSession();
  const where = address || 'an unknown address';
  return (
    <AskButton
      aria-label={`End the session from ${where}`}
      title="End this session?"
      question={`The browser that signed in from ${where} is signed out at once.`}
      keep="Keep it"
      action={{ ...end, run: (onDone) => end.mutate(id, { onSuccess: onDone }) }}
    >
      End
    </AskButton>
  );
}
