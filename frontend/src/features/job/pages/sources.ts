import { plural } from '@/lib/format';
import { isRecord, stringifyJson } from '@/lib/json';
import { pointerParts } from '@/lib/pointer';

/** Where something stands: a page, where the file has pages, and the words there. */
export interface Place {
  page: number | null;
  start: number;
  end: number;
  quote: string;
}

/** Something that a job said of its text, and where it has that from; null: the text does not say it. */
export interface Finding {
  /** The field's name, where it is one. */
  label: string | null;
  text: string;
  place: Place | null;
  /** Parts of a long text say different things, of which this is one. */
  isDisputed: boolean;
}

/** What was read of a job's file or text. */
export interface Sources {
  kind: string | null;
  pages: number | null;
  characters: number | null;
  encoding: string | null;
  doubtfulPages: number[];
  notes: string[];
  findings: Finding[];
}

type Fields = Record<string, unknown>;

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function readPlace(value: unknown): Place | null {
  if (!isRecord(value) || typeof value.start !== 'number' || typeof value.end !== 'number') return null;
  return { page: asNumber(value.page), start: value.start, end: value.end, quote: asText(value.quote) ?? '' };
}

function readStatements(value: unknown): Finding[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isRecord)
    .map((one) => ({ label: null, text: asText(one.text) ?? '', place: readPlace(one), isDisputed: false }))
    .filter(({ text }) => text !== '');
}

function valueAt(data: unknown, parts: readonly string[]): unknown {
  return parts.reduce<unknown>((at, part) => {
    if (Array.isArray(at)) return at[Number(part)];
    return isRecord(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  }, data);
}

function said(value: unknown): string {
  return typeof value === 'string' ? value : (stringifyJson(value) ?? '');
}

function labelOf(pointer: string): string {
  return pointerParts(pointer)
    .map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part))
    .join(' › ');
}

function readFields({ data, places, conflicts }: Fields): Finding[] {
  if (!isRecord(places)) return [];
  const disputes = (Array.isArray(conflicts) ? conflicts : []).filter(isRecord).flatMap(({ pointer, alternatives }) =>
    (Array.isArray(alternatives) ? alternatives : []).filter(isRecord).map((one) => ({
      label: labelOf(String(pointer)),
      text: said(one.value),
      place: readPlace(one.place),
      isDisputed: true,
    })),
  );
  const disputed = new Set(disputes.map(({ label }) => label));
  const fields = Object.entries(places)
    .map(([pointer, place]) => ({ label: labelOf(pointer), value: valueAt(data, pointerParts(pointer)), place }))
    .filter(({ label, value }) => !disputed.has(label) && value !== null && value !== undefined)
    .map(({ label, value, place }) => ({ label, text: said(value), place: readPlace(place), isDisputed: false }));
  return [...disputes, ...fields];
}

/** Read where a job's result comes from; null: it does not say. */
export function readSources(result: unknown): Sources | null {
  if (!isRecord(result)) return null;
  const info: Fields = isRecord(result.source) ? result.source : typeof result.kind === 'string' ? result : {};
  const kind = asText(info.kind);
  const findings = [...readStatements(result.statements), ...readFields(result)];
  if (kind === null && findings.length === 0) return null;
  return {
    kind,
    pages: asNumber(info.pages),
    characters: asNumber(info.characters),
    encoding: asText(info.encoding),
    doubtfulPages: Array.isArray(info.doubtful_pages) ? info.doubtful_pages.filter((one) => asNumber(one)) : [],
    notes: Array.isArray(info.notes) ? info.notes.filter((one) => typeof one === 'string') : [],
    findings,
  };
}

const PICTURES = ['png', 'jpeg'];

/** The numbers of the pages that can be seen: those that were read, from the input's `pages` such as `3` or `5-9`. */
export function numbersOf({ kind, pages }: Pick<Sources, 'kind' | 'pages'>, input: unknown): number[] {
  if (kind !== null && PICTURES.includes(kind)) return [1];
  if (kind !== 'pdf') return [];
  const range = isRecord(input) && typeof input.pages === 'string' ? input.pages : '1';
  const first = Number.parseInt(range, 10);
  return Array.from({ length: pages ?? 0 }, (_, index) => (first > 0 ? first : 1) + index);
}

/** `PDF, 12 pages, 34,012 characters`. */
export function describeSource({ kind, pages, characters, encoding }: Sources): string {
  const parts = [
    kind?.toUpperCase(),
    pages !== null && plural(pages, 'page'),
    characters !== null && plural(characters, 'character'),
    encoding && `written in ${encoding}`,
  ];
  return parts.filter(Boolean).join(', ');
}

const OWN = ['statements', 'source', 'kind', 'pages', 'characters', 'encoding', 'doubtful_pages', 'notes'];

/** What of a result's other fields is not shown as its source. */
export function withoutSources(rest: Fields | null): Fields | null {
  const kept = Object.entries(rest ?? {}).filter(([name]) => !OWN.includes(name));
  return kept.length > 0 ? Object.fromEntries(kept) : null;
}
