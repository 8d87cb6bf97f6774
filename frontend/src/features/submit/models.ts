import type { Providers } from '@/api/types';
import { DEFAULT_MODEL } from './options';

interface Choice {
  value: string;
  label: string;
}

/** The names that a job may say: the default first, then the other chains, then models; a chosen one in any case. */
export function modelChoices(providers: Providers | undefined, chosen: string): Choice[] {
  const aliases = Object.entries(providers?.aliases ?? {}).map(([value, chain]) => ({
    value,
    label: `${value} (${chain.join(', then ')})`,
  }));
  const models = (providers?.providers ?? []).flatMap(({ models }) => models.map(({ name }) => name));
  const known = [...aliases, ...models.map((value) => ({ value, label: value }))];
  const missing = [DEFAULT_MODEL, chosen].filter((name) => !known.some(({ value }) => value === name));
  const all = [...new Set(missing)].map((value) => ({ value, label: value })).concat(known);
  return [...all.filter(({ value }) => value === DEFAULT_MODEL), ...all.filter(({ value }) => value !== DEFAULT_MODEL)];
}
