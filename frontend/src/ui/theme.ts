import {
  Combobox,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Menu,
  Modal,
  MultiSelect,
  Notification,
  Select,
} from '@mantine/core';

// The list itself scrolls, which the keys of its field move; a box around it would have to be reached by the keyboard.
const LIST = { withScrollArea: false, styles: { options: { maxHeight: 220, overflowY: 'auto' } } } as const;

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '600' },
  respectReducedMotion: true,
  components: {
    // Lists stay inside the page's landmarks, where a screen reader looks for them.
    Combobox: Combobox.extend({ defaultProps: { withinPortal: false } }),
    Select: Select.extend({ defaultProps: LIST }),
    MultiSelect: MultiSelect.extend({ defaultProps: LIST }),
    // The place that the focus would begin at is no child that a menu may have.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    // A dialog's <header> would count as a second banner of the page.
    Modal: Modal.extend({
      defaultProps: { attributes: { header: { role: 'presentation' } }, closeButtonProps: { 'aria-label': 'Close' } },
    }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
  },
});

type Variables = Record<string, string>;

/** White on red: the default shade stays below 4.5 : 1. */
const DANGER: Variables = {
  '--mantine-color-red-filled': 'var(--mantine-color-red-9)',
  '--mantine-color-red-filled-hover': 'color-mix(in srgb, var(--mantine-color-red-9) 85%, black)',
};

/** Text on a light tint. Mantine's own shades stay below 4.5 : 1 for the warm colours. */
function tints(colors: Record<string, MantineColorsTuple>): { light: Variables; dark: Variables } {
  const light: Variables = {};
  const dark: Variables = {};
  for (const name of Object.keys(colors)) {
    const shade = (index: number) => `var(--mantine-color-${name}-${index})`;
    const variable = (role: string) => `--mantine-color-${name}-${role}`;
    light[variable('light')] = shade(1);
    light[variable('light-hover')] = shade(2);
    light[variable('light-color')] = `color-mix(in srgb, ${shade(9)} 65%, black)`;
    const tint = name === 'gray' ? 'var(--mantine-color-gray-5)' : shade(9);
    dark[variable('light')] = `color-mix(in srgb, ${tint} ${name === 'gray' ? 18 : 35}%, var(--mantine-color-dark-7))`;
    dark[variable('light-hover')] =
      `color-mix(in srgb, ${tint} ${name === 'gray' ? 26 : 45}%, var(--mantine-color-dark-7))`;
    dark[variable('light-color')] = shade(1);
  }
  return { light, dark };
}

/** The tokens whose defaults are too pale for WCAG AA. */
export const cssVariables: CSSVariablesResolver = ({ colors }) => {
  const { light, dark } = tints(colors as Record<string, MantineColorsTuple>);
  return {
    variables: {},
    light: {
      ...light,
      ...DANGER,
      '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
      '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
      '--mantine-color-error': 'var(--mantine-color-red-9)',
      '--mantine-color-anchor': 'var(--mantine-color-indigo-9)',
      '--hr-page': 'var(--mantine-color-gray-0)',
      '--hr-line': 'var(--mantine-color-gray-3)',
      '--hr-way': 'var(--mantine-color-gray-6)',
      '--hr-json-text': 'var(--mantine-color-teal-9)',
      '--hr-json-number': 'var(--mantine-color-indigo-8)',
    },
    dark: {
      ...dark,
      ...DANGER,
      '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
      '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
      '--mantine-color-error': 'var(--mantine-color-red-4)',
      '--mantine-color-anchor': 'var(--mantine-color-indigo-3)',
      '--hr-page': 'var(--mantine-color-dark-8)',
      '--hr-line': 'var(--mantine-color-dark-4)',
      '--hr-way': 'var(--mantine-color-dark-2)',
      '--hr-json-text': 'var(--mantine-color-teal-3)',
      '--hr-json-number': 'var(--mantine-color-indigo-3)',
    },
  };
};
