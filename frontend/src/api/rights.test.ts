import { expect, it } from 'vitest';
import { isBlind } from './rights';
import type { Me, Role } from './types';

it('tells who is shown no payloads: a viewer, of the team that he acts for', () => {
  const of = (role: Role, hides: boolean, team = 'own'): Me => ({
    user_id: 'own',
    name: 'Ada',
    email: 'ada@example.org',
    role,
    rights: [],
    team_id: team,
    sees_all_teams: false,
    teams: [
      { id: 'own', name: 'Ada', hides_payloads: hides },
      { id: 'other', name: 'Research', hides_payloads: true },
    ],
    key_id: null,
  });
  expect(isBlind(of('viewer', true))).toBe(true);
  expect(isBlind(of('viewer', false))).toBe(false);
  expect(isBlind(of('viewer', false, 'other'))).toBe(true);
  expect(isBlind(of('member', true))).toBe(false);
});
