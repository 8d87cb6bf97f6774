import type { Key } from '@/api/types';

export type KeyState = 'active' | 'replaced' | 'revoked' | 'expired';

export const STATES = {
  active: { label: 'Active', tone: 'teal' },
  replaced: { label: 'Replaced', tone: 'yellow' },
  revoked: { label: 'Revoked', tone: 'red' },
  expired: { label: 'Expired', tone: 'gray' },
} satisfies Record<KeyState, { label: string; tone: string }>;

/** What a key is now. `replaced`: another stands in its place, and it goes on for its overlap. */
export function stateOf(key: Pick<Key, 'is_active' | 'revoked_at' | 'rotated_to'>): KeyState {
  if (key.revoked_at !== null) return 'revoked';
  if (!key.is_active) return 'expired';
  return key.rotated_to === null ? 'active' : 'replaced';
}

export const DAYS = { least: 1, most: 365, usual: '90' } as const;
export const HOURS = { least: 0, most: 720, usual: '24' } as const;

/** Read a whole number as it was typed; null: it is none of those that are taken. */
export function readWhole(text: string, { least, most }: { least: number; most: number }): number | null {
  if (!/^\d{1,4}$/.test(text.trim())) return null;
  const number = Number(text);
  return number >= least && number <= most ? number : null;
}

/** What to say of a number that `readWhole` did not take. */
export function faultOf(text: string, bounds: { least: number; most: number }): string | undefined {
  if (readWhole(text, bounds) !== null) return undefined;
  return `A whole number from ${bounds.least} to ${bounds.most}.`;
}

/** What a key is bound to besides its scopes; null: nothing. */
export function boundsOf({ models, job_types: types }: Pick<Key, 'models' | 'job_types'>): string | null {
  const bounds = [types && `job types: ${types.join(', ')}`, models && `models: ${models.join(', ')}`];
  return bounds.filter(Boolean).join('; ') || null;
}
