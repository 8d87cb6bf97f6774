import { Group, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useRights } from '@/api/rights';
import { isFor, PAGES } from './nav';

export function TopNav() {
  const pages = PAGES.filter(isFor(useRights()));
  return (
    <Group component="nav" aria-label="Pages" gap={2} h="100%" visibleFrom="lg" wrap="nowrap">
      {pages.map(({ to, label, icon: Icon, exact }) => (
        <Link key={to} to={to} className="hr-nav" activeOptions={{ exact, includeSearch: false }}>
          <Icon size={17} aria-hidden /> {label}
        </Link>
      ))}
    </Group>
  );
}

export function BottomNav() {
  const pages = PAGES.filter(isFor(useRights()));
  return (
    <Group component="nav" aria-label="Pages" grow h="100%" gap={0}>
      {pages
        .filter(({ isFirst }) => isFirst)
        .map(({ to, label, icon: Icon, exact }) => (
          <UnstyledButton
            key={to}
            component={Link}
            to={to}
            className="hr-nav hr-nav-bottom"
            activeOptions={{ exact, includeSearch: false }}
          >
            <Icon size={20} aria-hidden />
            <Text fz={11} span>
              {label}
            </Text>
          </UnstyledButton>
        ))}
      <MorePages />
    </Group>
  );
}

function MorePages() {
  return (
    <Menu position="top-end" width={190} withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className="hr-nav hr-nav-bottom">
          <IconDots size={20} aria-hidden />
          <Text fz={11} span>
            More
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {PAGES.filter(({ isFirst }) => !isFirst).map(({ to, label, icon: Icon }) => (
          <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={16} aria-hidden />}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
