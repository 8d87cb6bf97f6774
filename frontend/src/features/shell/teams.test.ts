import { expect, it } from 'vitest';
import type { Me, Right } from '@/api/types';
import { choicesOf } from './teams';

const of = (rights: Right[], ...names: string[]): Me => ({
  user_id: 'own',
  name: 'Ada',
  email: 'ada@example.org',
  role: 'member',
  rights,
  team_id: 'own',
  sees_all_teams: false,
  teams: names.map((name) => ({ id: name, name, hides_payloads: false })),
  key_id: null,
});

it('begins with the own team, which stands for all of them where all are seen', () => {
  expect(choicesOf(of(['jobs:read'], 'own', 'Research'))).toEqual([
    { id: 'own', label: 'your own team' },
    { id: 'Research', label: 'Research' },
  ]);
  expect(choicesOf(of(['operate'], 'own', 'Mills')).map(({ label }) => label)).toEqual(['all teams', 'Mills']);
});

it('is one choice for who is in no other team', () => {
  expect(choicesOf(of(['jobs:read'], 'own'))).toHaveLength(1);
  expect(choicesOf(of(['operate']))).toHaveLength(1);
});
