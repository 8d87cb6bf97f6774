import {
  IconChartDots3,
  IconCpu,
  IconFiles,
  IconKey,
  IconListDetails,
  IconListSearch,
  IconMailExclamation,
  IconPlus,
  IconStack2,
  IconUser,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { Right } from '@/api/types';

/** Whether whoever has these rights is shown what needs one of them, or none. */
export function isFor(rights: readonly Right[]): (one: object) => boolean {
  return (one) => !('right' in one) || rights.includes(one.right as Right);
}

/** The pages in the order of the navigation; those that are not `isFirst` stand behind "More" on a narrow window. */
export const PAGES = [
  { to: '/', label: 'Overview', icon: IconChartDots3, exact: true, isFirst: true },
  { to: '/jobs', label: 'Jobs', icon: IconListDetails, exact: false, isFirst: true },
  { to: '/queues', label: 'Queues', icon: IconStack2, exact: false, isFirst: true },
  { to: '/dead-letters', label: 'Dead letters', icon: IconMailExclamation, exact: false, isFirst: false },
  { to: '/providers', label: 'Providers', icon: IconCpu, exact: false, isFirst: false },
  { to: '/files', label: 'Files', icon: IconFiles, exact: false, isFirst: false },
  { to: '/new', label: 'New job', icon: IconPlus, exact: false, isFirst: true, right: 'jobs:write' },
] as const;

/** The pages of the account menu: one's own, and for administrators everybody's. */
export const ACCOUNT_PAGES = [
  { to: '/account', label: 'Account', icon: IconUser },
  { to: '/keys', label: 'API keys', icon: IconKey },
] as const;
export const ADMIN_PAGES = [
  { to: '/users', label: 'Users', icon: IconUsers },
  { to: '/teams', label: 'Teams', icon: IconUsersGroup },
  { to: '/audit', label: 'Audit log', icon: IconListSearch },
] as const;

export const SHORTCUTS = [
  { keys: ['/'], does: 'Search jobs' },
  { keys: ['g', 'o'], does: 'Overview' },
  { keys: ['g', 'j'], does: 'Jobs' },
  { keys: ['g', 'q'], does: 'Queues' },
  { keys: ['g', 'd'], does: 'Dead letters' },
  { keys: ['g', 'p'], does: 'Providers' },
  { keys: ['g', 'f'], does: 'Files' },
  { keys: ['n'], does: 'New job', right: 'jobs:write' },
  { keys: ['r'], does: 'Refresh' },
  { keys: ['t'], does: 'Theme: light, dark, system' },
  { keys: ['←', '→'], does: "Pages of a job's document" },
  { keys: ['?'], does: 'This help' },
] as const;
