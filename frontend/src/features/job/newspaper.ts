import { isRecord } from '@/lib/json';

export interface Article {
  title: string | null;
  subtitle: string | null;
  author: string | null;
  /** As the PDF has it; a blank line parts paragraphs. */
  body: string;
  topics: string[];
  summary: string;
}

export interface Page {
  number: number;
  status: string;
  reason: string | null;
  articles: Article[];
}

/** What was read from a PDF. */
export interface Newspaper {
  filename: string;
  issueDate: string;
  pages: Page[];
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function readArticle(value: Record<string, unknown>): Article {
  return {
    title: asText(value.title),
    subtitle: asText(value.subtitle),
    author: asText(value.author),
    body: asText(value.body) ?? '',
    topics: Array.isArray(value.topics) ? value.topics.filter((one) => typeof one === 'string') : [],
    summary: asText(value.summary) ?? '',
  };
}

function readPage(value: unknown): Page | null {
  if (!isRecord(value) || typeof value.page_number !== 'number' || !Array.isArray(value.articles)) return null;
  return {
    number: value.page_number,
    status: asText(value.status) ?? 'unknown',
    reason: asText(value.reason),
    articles: value.articles.filter(isRecord).map(readArticle),
  };
}

/** Read a job's result as pages with articles; null: it is something else. */
export function readNewspaper(value: unknown): Newspaper | null {
  if (!isRecord(value) || typeof value.filename !== 'string' || !Array.isArray(value.pages)) return null;
  const pages = value.pages.map(readPage);
  if (!pages.every((page) => page !== null)) return null;
  return { filename: value.filename, issueDate: asText(value.issue_date) ?? 'unknown', pages };
}

const REASONS: Record<string, string> = { no_text_layer: 'it has no text layer, only a picture' };

/** Why a page has no articles; null: it was read. */
export function whyNot({ status, reason }: Page): string | null {
  if (status === 'processed') return null;
  const what = status === 'skipped' ? 'Skipped' : status === 'failed' ? 'Failed' : status;
  return reason ? `${what}: ${REASONS[reason] ?? reason}` : what;
}

/** `7 pages read, 1 skipped`, with `failed` where pages did. */
export function countPages(pages: readonly Page[]): string {
  const count = (status: string) => pages.filter((page) => page.status === status).length;
  const read = count('processed');
  const rest = (['skipped', 'failed'] as const).filter((status) => count(status) > 0);
  return [`${read} ${read === 1 ? 'page' : 'pages'} read`, ...rest.map((status) => `${count(status)} ${status}`)].join(
    ', ',
  );
}

export function paragraphsOf(body: string): string[] {
  return body.split(/\n\s*\n/).filter((part) => part.trim() !== '');
}
