import { IconChartDots3, IconListDetails, IconMailExclamation, IconPlus, IconStack2 } from '@tabler/icons-react';

export const PAGES = [
  { to: '/', label: 'Overview', icon: IconChartDots3, exact: true },
  { to: '/jobs', label: 'Jobs', icon: IconListDetails, exact: false },
  { to: '/queues', label: 'Queues', icon: IconStack2, exact: false },
  { to: '/dead-letters', label: 'Dead letters', icon: IconMailExclamation, exact: false },
  { to: '/new', label: 'New job', icon: IconPlus, exact: false },
] as const;

export const SHORTCUTS = [
  { keys: ['/'], does: 'Search jobs' },
  { keys: ['g', 'o'], does: 'Overview' },
  { keys: ['g', 'j'], does: 'Jobs' },
  { keys: ['g', 'q'], does: 'Queues' },
  { keys: ['g', 'd'], does: 'Dead letters' },
  { keys: ['n'], does: 'New job' },
  { keys: ['r'], does: 'Refresh' },
  { keys: ['t'], does: 'Theme: light, dark, system' },
  { keys: ['?'], does: 'This help' },
] as const;
