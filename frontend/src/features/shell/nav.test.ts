import { expect, it } from 'vitest';
import { ALL_RIGHTS } from '@/api/rights';
import { isFor, PAGES, SHORTCUTS } from './nav';

it('leads nobody to the form for a job who may submit none', () => {
  expect(PAGES.filter(isFor(ALL_RIGHTS))).toHaveLength(PAGES.length);
  const left = PAGES.filter(isFor(['jobs:read'])).map(({ to }) => to);
  expect(left).not.toContain('/new');
  expect(left).toHaveLength(PAGES.length - 1);
  expect(SHORTCUTS.filter(isFor(['jobs:read'])).map(({ does }) => does)).not.toContain('New job');
});
