import {
  IconChartDots3,
  IconCpu,
  IconFiles,
  IconListDetails,
  IconMailExclamation,
  IconPlus,
  IconStack2,
} from '@tabler/icons-react';

/** The pages in the order of the navigation; those that are not `isFirst` stand behind "More" on a narrow window. */
export const PAGES = [
  { to: '/', label: 'Overview', icon: IconChartDots3, exact: true, isFirst: true },
  { to: '/jobs', label: 'Jobs', icon: IconListDetails, exact: false, isFirst: true },
  { to: '/queues', label: 'Queues', icon: IconStack2, exact: false, isFirst: true },
  { to: '/dead-letters', label: 'Dead letters', icon: IconMailExclamation, exact: false, isFirst: false },
  { to: '/providers', label: 'Providers', icon: IconCpu, exact: false, isFirst: false },
  { to: '/files', label: 'Files', icon: IconFiles, exact: false, isFirst: false },
  { to: '/new', label: 'New job', icon: IconPlus, exact: false, isFirst: true },
] as const;

export const SHORTCUTS = [
  { keys: ['/'], does: 'Search jobs' },
  { keys: ['g', 'o'], does: 'Overview' },
  { keys: ['g', 'j'], does: 'Jobs' },
  { keys: ['g', 'q'], does: 'Queues' },
  { keys: ['g', 'd'], does: 'Dead letters' },
  { keys: ['g', 'p'], does: 'Providers' },
  { keys: ['g', 'f'], does: 'Files' },
  { keys: ['n'], does: 'New job' },
  { keys: ['r'], does: 'Refresh' },
  { keys: ['t'], does: 'Theme: light, dark, system' },
  { keys: ['←', '→'], does: "Pages of a job's document" },
  { keys: ['?'], does: 'This help' },
] as const;
