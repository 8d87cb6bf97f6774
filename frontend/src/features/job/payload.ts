import { isRecord } from '@/lib/json';

const LONG_CHARS = 80;
const TEXT_FIELDS = ['text', 'summary', 'translation', 'answer', 'content', 'message', 'output'];

/** A value's main text, to be read as text, and the fields beside it. */
export interface Payload {
  text: string | null;
  textField: string | null;
  rest: Record<string, unknown> | null;
}

/** Tell prose from data: the only string, a well-known field, or the only long string is the text. */
export function splitPayload(value: unknown): Payload {
  if (!isRecord(value)) return { text: typeof value === 'string' ? value : null, textField: null, rest: null };
  const strings = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const known = strings.find(([name]) => TEXT_FIELDS.includes(name));
  const long = strings.filter(([, text]) => text.length > LONG_CHARS || text.includes('\n'));
  const found = known ?? (long.length === 1 ? long[0] : undefined);
  if (!found) return { text: null, textField: null, rest: value };
  const { [found[0]]: _, ...rest } = value;
  return { text: found[1], textField: found[0], rest: Object.keys(rest).length > 0 ? rest : null };
}
