import { expect, it } from 'vitest';
import { countPages, otherTables, readPdf, textOf } from './pdf';

const ARTICLE = { title: 'Mill', subtitle: null, author: null, body: 'One.\n\nTwo.', topics: ['mill'], summary: 'S' };
const TABLE = [
  ['Year', 'Barley'],
  ['1784', '12'],
];
const READ = {
  layout: 'plain',
  read_by: 'text_layer',
  doubtful: true,
  doubts: [{ reason: 'unknown_words', share: 0.2, detail: 'such as qzx' }],
  score: 0.7,
  tables: [{ rows: TABLE }],
  left_out: 2,
  left_out_text: ['The Courier', '3'],
  notes: ['A note.'],
};
const RESULT = {
  filename: 'paper.pdf',
  issue_date: '2026-03-14',
  pages: [
    { page_number: 1, status: 'processed', reason: null, articles: [ARTICLE], ...READ },
    { page_number: 2, status: 'skipped', reason: 'no_text_layer', articles: [] },
    { page_number: 3, status: 'failed', reason: 'invalid_output', articles: [] },
  ],
};

it('reads what pdf_extract returns', () => {
  const found = readPdf(RESULT);
  expect(found).toMatchObject({ filename: 'paper.pdf', issueDate: '2026-03-14' });
  expect(found?.pages[0]).toEqual({
    number: 1,
    status: 'processed',
    reason: null,
    articles: [ARTICLE],
    layout: 'plain',
    readBy: 'text_layer',
    isDoubtful: true,
    doubts: READ.doubts,
    score: 0.7,
    tables: [TABLE],
    leftOut: 2,
    leftOutText: ['The Courier', '3'],
    notes: ['A note.'],
  });
  expect(countPages(found?.pages ?? [])).toBe('1 page read, 1 doubtful, 1 skipped, 1 failed');
});

it.each([null, 'text', {}, { filename: 'a', pages: {} }, { filename: 'a', pages: [{ page: 1 }] }, { pages: [] }])(
  'leaves %j to the other views',
  (value) => expect(readPdf(value)).toBeNull(),
);

it('survives a page and an article that lack what they should have', () => {
  const odd = {
    filename: 'a',
    pages: [{ page_number: 1, status: 'processed', articles: [{ topics: [1, 'a'] }, 7], tables: [{}, 3], doubts: 1 }],
  };
  expect(readPdf(odd)?.pages[0]).toMatchObject({
    articles: [{ title: null, subtitle: null, author: null, body: '', topics: ['a'], summary: '' }],
    tables: [],
    doubts: [],
    leftOut: 0,
    leftOutText: null,
    isDoubtful: false,
  });
});

it('shows a table once, in the text or beside it', () => {
  const inText = { ...ARTICLE, body: 'See:\n\n| Year | Barley |\n| --- | --- |\n| 1784 |  12 |' };
  expect(otherTables({ articles: [inText], tables: [TABLE] })).toEqual([]);
  expect(otherTables({ articles: [ARTICLE], tables: [TABLE] })).toEqual([TABLE]);
});

it('copies all that was read on a page', () => {
  const [page] = readPdf(RESULT)?.pages ?? [];
  expect(page && textOf(page)).toBe('Mill\n\nOne.\n\nTwo.\n\nYear\tBarley\n1784\t12');
});
