import type { Me } from '@/api/types';

export interface Choice {
  id: string;
  /** Whose jobs are shown then. */
  label: string;
}

/** The teams that this browser may act for, the own one first; who operates sees those of all teams from there. */
export function choicesOf({ user_id: own, rights, teams }: Me): Choice[] {
  const others = teams.filter(({ id }) => id !== own).map(({ id, name }) => ({ id, label: name }));
  return [{ id: own, label: rights.includes('operate') ? 'all teams' : 'your own team' }, ...others];
}
