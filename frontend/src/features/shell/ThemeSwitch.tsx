import { ActionIcon, type MantineColorScheme, Menu, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';

const SCHEMES = {
  light: { label: 'Light', icon: IconSun },
  dark: { label: 'Dark', icon: IconMoon },
  auto: { label: 'System', icon: IconDeviceDesktop },
} satisfies Record<MantineColorScheme, unknown>;

const ORDER: MantineColorScheme[] = ['light', 'dark', 'auto'];

/** The scheme after this one: light, dark, system, light … */
export function nextScheme(scheme: MantineColorScheme): MantineColorScheme {
  return ORDER[(ORDER.indexOf(scheme) + 1) % ORDER.length] ?? 'auto';
}

export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = SCHEMES[colorScheme].icon;
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <Tooltip label="Theme (t)" openDelay={200}>
          <ActionIcon variant="default" size={34} aria-label={`Theme: ${SCHEMES[colorScheme].label}`}>
            <Icon size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {ORDER.map((scheme) => {
          const { label, icon: SchemeIcon } = SCHEMES[scheme];
          return (
            <Menu.Item
              key={scheme}
              leftSection={<SchemeIcon size={16} aria-hidden />}
              onClick={() => setColorScheme(scheme)}
              fw={scheme === colorScheme ? 600 : 400}
              aria-current={scheme === colorScheme}
            >
              {label}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
