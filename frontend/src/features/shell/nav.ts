import { IconChartDots3, IconListDetails, IconPlus, IconStack2 } from '@tabler/icons-react';

export const PAGES = [
  { to: '/', label: 'Overview', icon: IconChartDots3, exact: true },
  { to: '/jobs', label: 'Jobs', icon: IconListDetails, exact: false },
  { to: '/queues', label: 'Queues', icon: IconStack2, exact: false },
  { to: '/new', label: 'New job', icon: IconPlus, exact: false },
] as const;

export const SHORTCUTS = [
  { keys: ['/'], does: 'Search jobs' },
  { keys: ['g', 'o'], does: 'Overview' },
  { keys: ['g', 'j'], does: 'Jobs' },
  { keys: ['g', 'q'], does: 'Queues' },
  { keys: ['n'], does: 'New job' },
  { keys: ['r'], does: 'Refresh' },
  { keys: ['t'], does: 'Theme: light, dark, system' },
  { keys: ['?'], does: 'This help' },
] as const;
