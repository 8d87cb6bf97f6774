import { Box, Button, Menu, Text } from '@mantine/core';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { meQuery, ROLES, useMay } from '@/api/rights';
import { ACCOUNT_PAGES, ADMIN_PAGES } from './nav';

/** Who is signed in, the pages about that, and the way out. */
export function AccountMenu({ onLeave }: { onLeave: () => void }) {
  const { data: me } = useQuery(meQuery);
  const isAdmin = useMay('admin');
  return (
    <Menu position="bottom-end" width={240} withinPortal={false}>
      <Menu.Target>
        <Button variant="default" size="compact-sm" h={34} px={{ base: 7, sm: 'sm' }} aria-label="Account">
          <IconUserCircle size={18} aria-hidden />
          <Box visibleFrom="sm" ml={6} component="span">
            Account
          </Box>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {me && (
          <Menu.Label>
            <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
              {me.email ?? me.name}
            </Text>
            {ROLES[me.role].label}
          </Menu.Label>
        )}
        <Pages pages={ACCOUNT_PAGES} />
        {isAdmin && (
          <>
            <Menu.Divider />
            <Pages pages={ADMIN_PAGES} />
          </>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={onLeave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Pages({ pages }: { pages: typeof ACCOUNT_PAGES | typeof ADMIN_PAGES }) {
  return pages.map(({ to, label, icon: Icon }) => (
    <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={16} aria-hidden />}>
      {label}
    </Menu.Item>
  ));
}
