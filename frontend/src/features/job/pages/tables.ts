/** Tables: found in a text as Markdown, judged column by column, and written for spreadsheets. */

export type Rows = readonly (readonly string[])[];

/** A piece of a text between blank lines: a paragraph, or the rows of a table. */
export type Block = { text: string; rows?: undefined } | { text?: undefined; rows: Rows };

const RULE = /^\|(\s*:?-{3,}:?\s*\|)+$/;
const BAR = /(?<!\\)\|/;

function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(BAR).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function rowsOf(block: string): Rows | null {
  const lines = block.trim().split('\n');
  const [head, rule, ...rest] = lines;
  if (head === undefined || rule === undefined || !RULE.test(rule.trim())) return null;
  if (!lines.every((line) => line.trim().startsWith('|'))) return null;
  return [head, ...rest].map(cellsOf);
}

/** A text in pieces, tables apart. */
export function blocksOf(text: string): Block[] {
  return text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const rows = rowsOf(part);
      return rows ? { rows } : { text: part };
    });
}

/** Whether two tables say the same, whatever their spaces. */
export function sameRows(one: Rows, other: Rows): boolean {
  const said = (rows: Rows) => JSON.stringify(rows.map((row) => row.map((cell) => cell.split(/\s+/).join(' ').trim())));
  return said(one) === said(other);
}

const NUMBER = /^[(+\-−–]?\s*\p{Sc}?\s*[+\-−–]?\d[\d.,'’\s\u00a0\u202f]*\s*(?:%|\p{Sc}|[A-Z]{3})?\)?$/u;

/** Whether a cell is a number as people write them: `(1,200.50)`, `-3 %`, `€ 12`. */
export function isNumber(cell: string): boolean {
  return NUMBER.test(cell.trim());
}

/** Whether cells say nothing: empty, or a dash for none. */
function isBlank(cell: string): boolean {
  return /^[\s\-−–—]*$/.test(cell);
}

/** A table as it is shown: the heading, if its first row is one, and which columns hold numbers. */
export interface Laid {
  head: readonly string[] | null;
  body: Rows;
  isNumeric: boolean[];
}

export function layOut(rows: Rows): Laid {
  const [first, ...rest] = rows;
  if (first === undefined) return { head: null, body: [], isNumeric: [] };
  const width = Math.max(...rows.map((row) => row.length));
  const isNumeric = Array.from({ length: width }, (_, column) => {
    const cells = rest.map((row) => row[column] ?? '').filter((cell) => !isBlank(cell));
    return cells.length > 0 && cells.filter(isNumber).length >= 0.6 * cells.length;
  });
  const isHead = rest.length > 0 && !first.some((cell, column) => isNumeric[column] && isNumber(cell) && !isYear(cell));
  return isHead ? { head: first, body: rest, isNumeric } : { head: null, body: rows, isNumeric };
}

/** Years stand above columns of numbers. */
function isYear(cell: string): boolean {
  return /^(?:19|20)\d\d$/.test(cell.trim());
}

/** Rows for a spreadsheet's clipboard: tabs between cells; what it would take for a formula is marked as text. */
export function tsvOf(rows: Rows): string {
  return rows.map((row) => row.map(tsvCell).join('\t')).join('\n');
}

function tsvCell(cell: string): string {
  const text = cell.replace(/\s+/g, ' ').trim();
  return /^[=@]/.test(text) || (/^[+-]/.test(text) && text.length > 1 && !isNumber(text)) ? `'${text}` : text;
}
