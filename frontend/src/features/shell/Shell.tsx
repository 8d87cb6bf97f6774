import { ActionIcon, Anchor, AppShell, Box, Group, Text, Tooltip, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard } from '@tabler/icons-react';
import { useIsFetching, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { meQuery, useMay } from '@/api/rights';
import { sessionQuery, signOut } from '@/api/session';
import type { ShortcutAction } from '@/lib/shortcuts';
import { focusSearch } from '@/ui/focusSearch';
import { Logo } from '@/ui/Logo';
import { AccountMenu } from './AccountMenu';
import { HelpDialog } from './HelpDialog';
import { BottomNav, TopNav } from './Navigation';
import { ProviderBadge } from './ProviderBadge';
import { TeamSwitch } from './TeamSwitch';
import { nextScheme, ThemeSwitch } from './ThemeSwitch';
import { useShortcuts } from './useShortcuts';

const MAX_WIDTH = 1440;

/** What stands around every page: name, ways, provider, theme, keys, account. */
export function Shell({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const { data: me } = useQuery(meQuery);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [isHelpOpen, help] = useDisclosure(false);
  const isBusy = useIsFetching() > 0;
  const maySubmit = useMay('jobs:write');

  const act: Record<ShortcutAction, () => unknown> = {
    search: async () => {
      if (!focusSearch(0)) await navigate({ to: '/jobs' });
      focusSearch();
    },
    help: help.toggle,
    overview: () => navigate({ to: '/' }),
    jobs: () => navigate({ to: '/jobs' }),
    queues: () => navigate({ to: '/queues' }),
    deadLetters: () => navigate({ to: '/dead-letters' }),
    files: () => navigate({ to: '/files' }),
    providers: () => navigate({ to: '/providers' }),
    new: () => maySubmit && navigate({ to: '/new' }),
    refresh: () => cache.refetchQueries({ type: 'active' }),
    theme: () => setColorScheme(nextScheme(colorScheme)),
  };
  useShortcuts((action) => void act[action]());

  const leave = async () => {
    let elsewhere: string | null = null;
    try {
      elsewhere = await signOut();
    } finally {
      cache.clear();
      if (elsewhere) window.location.assign(elsewhere);
      else await navigate({ to: '/signin' });
    }
  };

  return (
    <AppShell header={{ height: 56 }} footer={{ height: { base: 60, lg: 0 } }} padding={{ base: 'sm', sm: 'lg' }}>
      <Anchor href="#content" className="hr-skip">
        Skip to the content
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px={{ base: 'sm', sm: 'lg' }} justify="space-between" wrap="nowrap" maw={MAX_WIDTH} mx="auto">
          <Group gap="lg" wrap="nowrap" h="100%">
            <Anchor component={Link} to="/" underline="never" c="inherit" aria-label="Headrace, overview">
              <Group gap={8} wrap="nowrap">
                <Logo size={26} />
                <Text fw={700} size="lg">
                  Headrace
                </Text>
              </Group>
            </Anchor>
            <TopNav />
          </Group>
          <Group gap="xs" wrap="nowrap" aria-busy={isBusy}>
            {session && (
              <Box visibleFrom="xl">
                <ProviderBadge session={session} />
              </Box>
            )}
            <Tooltip label="Keyboard (?)" openDelay={200}>
              <ActionIcon
                variant="default"
                size={34}
                aria-label="Keyboard shortcuts"
                onClick={help.open}
                visibleFrom="sm"
              >
                <IconKeyboard size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <ThemeSwitch />
            <AccountMenu onLeave={leave} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1} bg="var(--hr-page)">
        <Box maw={MAX_WIDTH} mx="auto">
          <TeamSwitch />
          {/* A page begins anew with another team: what was chosen and uploaded on it is not that team's. */}
          <Fragment key={me?.team_id}>{children}</Fragment>
        </Box>
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="lg">
        <BottomNav />
      </AppShell.Footer>
      <HelpDialog isOpen={isHelpOpen} onClose={help.close} />
    </AppShell>
  );
}
