import { pointerParts } from '@/lib/pointer';
import { isApiError } from './client';

/** Why a form was refused: at its fields, and whether something is left that belongs to none of them. */
export interface FormFaults<T extends string> {
  at: Partial<Record<T, string>>;
  isLoose: boolean;
}

/** Sort the faults of a refused form by the names of its fields: `#/scopes/0` belongs to `scopes`. */
export function faultsAt<T extends string>(error: unknown, names: readonly T[]): FormFaults<T> {
  const at: Partial<Record<T, string>> = {};
  const faults = isApiError(error) ? error.faults : [];
  let isLoose = Boolean(error) && faults.length === 0;
  for (const { pointer, detail } of faults) {
    const name = names.find((one) => one === pointerParts(pointer)[0]);
    if (name) at[name] = at[name] ? `${at[name]} ${detail}` : detail;
    else isLoose = true;
  }
  return { at, isLoose };
}
