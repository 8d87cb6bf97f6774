import { plural } from '@/lib/format';
import { isRecord } from '@/lib/json';
import { blocksOf, type Rows, sameRows, tsvOf } from './tables';

export interface Article {
  title: string | null;
  subtitle: string | null;
  author: string | null;
  /** As the PDF has it; a blank line parts paragraphs, tables are Markdown. */
  body: string;
  topics: string[];
  summary: string;
}

/** One reason to doubt a page. `share` (0 to 1) is how much of the page it concerns. */
export interface Doubt {
  reason: string;
  share: number;
  detail: string;
}

export interface Page {
  number: number;
  status: string;
  reason: string | null;
  articles: Article[];
  layout: string | null;
  readBy: string | null;
  isDoubtful: boolean;
  doubts: Doubt[];
  /** 1: surely right, 0: surely wrong. */
  score: number | null;
  tables: Rows[];
  /** How many running heads and page numbers are not in the text; null where they were not asked for. */
  leftOut: number;
  leftOutText: string[] | null;
  notes: string[];
}

/** What was read from a PDF. */
export interface Pdf {
  filename: string;
  issueDate: string;
  pages: Page[];
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function asRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function readArticle(value: Record<string, unknown>): Article {
  return {
    title: asText(value.title),
    subtitle: asText(value.subtitle),
    author: asText(value.author),
    body: asText(value.body) ?? '',
    topics: asTexts(value.topics),
    summary: asText(value.summary) ?? '',
  };
}

function readTable({ rows }: Record<string, unknown>): Rows {
  return Array.isArray(rows) ? rows.filter(Array.isArray).map((row) => row.map((cell) => asText(cell) ?? '')) : [];
}

function readPage(value: unknown): Page | null {
  if (!isRecord(value) || typeof value.page_number !== 'number' || !Array.isArray(value.articles)) return null;
  return {
    number: value.page_number,
    status: asText(value.status) ?? 'unknown',
    reason: asText(value.reason),
    articles: asRecords(value.articles).map(readArticle),
    layout: asText(value.layout),
    readBy: asText(value.read_by),
    isDoubtful: value.doubtful === true,
    doubts: asRecords(value.doubts).map(({ reason, share, detail }) => ({
      reason: asText(reason) ?? 'unknown',
      share: asNumber(share) ?? 0,
      detail: asText(detail) ?? '',
    })),
    score: asNumber(value.score),
    tables: asRecords(value.tables)
      .map(readTable)
      .filter((rows) => rows.length > 0),
    leftOut: asNumber(value.left_out) ?? 0,
    leftOutText: Array.isArray(value.left_out_text) ? asTexts(value.left_out_text) : null,
    notes: asTexts(value.notes),
  };
}

/** Read a job's result as the pages of a PDF; null: it is something else, or no page is there. */
export function readPdf(value: unknown): Pdf | null {
  if (!isRecord(value) || typeof value.filename !== 'string' || !Array.isArray(value.pages)) return null;
  const pages = value.pages.map(readPage);
  if (pages.length === 0 || !pages.every((page) => page !== null)) return null;
  return { filename: value.filename, issueDate: asText(value.issue_date) ?? 'unknown', pages };
}

/** `7 pages read, 2 of them doubtful, 1 skipped`, with `failed` where pages did. */
export function countPages(pages: readonly Page[]): string {
  const count = (status: string) => pages.filter((page) => page.status === status).length;
  const doubtful = pages.filter((page) => page.isDoubtful).length;
  const rest = (['skipped', 'failed'] as const).filter((status) => count(status) > 0);
  return [
    `${plural(count('processed'), 'page')} read`,
    ...(doubtful > 0 ? [`${doubtful} doubtful`] : []),
    ...rest.map((status) => `${count(status)} ${status}`),
  ].join(', ');
}

/** The tables that stand in no article's text. */
export function otherTables({ articles, tables }: Pick<Page, 'articles' | 'tables'>): Rows[] {
  const shown = articles.flatMap(({ body }) => blocksOf(body).flatMap(({ rows }) => (rows ? [rows] : [])));
  return tables.filter((rows) => !shown.some((one) => sameRows(one, rows)));
}

/** All that was read on a page, to be copied: articles as text, then the tables that are in none of them. */
export function textOf(page: Page): string {
  const articles = page.articles.flatMap(({ title, subtitle, author, body }) => [title, subtitle, author, body]);
  return [...articles, ...otherTables(page).map(tsvOf)].filter(Boolean).join('\n\n');
}
