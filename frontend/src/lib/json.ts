import { randomKey } from './random';

/** JSON whose big integers survive: those beyond 2^53 become BigInt and are written as they came. */

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

const reviveBig: Reviver = (_key, value, context) => {
  const isLossy = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  const source = context?.source;
  return isLossy && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

/** Parse JSON. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, reviveBig as (key: string, value: unknown) => unknown);
}

// Random, so that no text of a user can pass for a number.
const MARK = `big-${randomKey()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** Write JSON, big integers in full. */
export function stringifyJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${MARK}${one}` : one), indent);
  return text.replace(MARKED, '$1');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
