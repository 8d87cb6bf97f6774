import { Group, Text, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { PAGES } from './nav';

export function TopNav() {
  return (
    <Group component="nav" aria-label="Pages" gap={4} h="100%" visibleFrom="md" wrap="nowrap">
      {PAGES.map(({ to, label, icon: Icon, exact }) => (
        <Link key={to} to={to} className="hr-nav" activeOptions={{ exact, includeSearch: false }}>
          <Icon size={17} aria-hidden /> {label}
        </Link>
      ))}
    </Group>
  );
}

export function BottomNav() {
  return (
    <Group component="nav" aria-label="Pages" grow h="100%" gap={0}>
      {PAGES.map(({ to, label, icon: Icon, exact }) => (
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
    </Group>
  );
}
