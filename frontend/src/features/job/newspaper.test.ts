import { expect, it } from 'vitest';
import { countPages, paragraphsOf, readNewspaper, whyNot } from './newspaper';

const ARTICLE = { title: 'Mill', subtitle: null, author: null, body: 'One.\n\nTwo.', topics: ['mill'], summary: 'S' };
const RESULT = {
  filename: 'paper.pdf',
  issue_date: '2026-03-14',
  pages: [
    { page_number: 1, status: 'processed', reason: null, articles: [ARTICLE] },
    { page_number: 2, status: 'skipped', reason: 'no_text_layer', articles: [] },
    { page_number: 3, status: 'failed', reason: 'invalid_output', articles: [] },
  ],
};

it('reads what pdf_extract returns', () => {
  const found = readNewspaper(RESULT);
  expect(found).toMatchObject({ filename: 'paper.pdf', issueDate: '2026-03-14' });
  expect(found?.pages[0]?.articles).toEqual([ARTICLE]);
  expect(countPages(found?.pages ?? [])).toBe('1 page read, 1 skipped, 1 failed');
});

it.each([null, 'text', {}, { filename: 'a', pages: {} }, { filename: 'a', pages: [{ page: 1 }] }])(
  'leaves %j to the other views',
  (value) => expect(readNewspaper(value)).toBeNull(),
);

it('survives an article that lacks what it should have', () => {
  const odd = { ...RESULT, pages: [{ page_number: 1, status: 'processed', articles: [{ topics: [1, 'a'] }, 7] }] };
  expect(readNewspaper(odd)?.pages[0]?.articles).toEqual([
    { title: null, subtitle: null, author: null, body: '', topics: ['a'], summary: '' },
  ]);
});

it('says why a page was not read', () => {
  const pages = readNewspaper(RESULT)?.pages ?? [];
  expect(pages.map(whyNot)).toEqual([null, 'Skipped: it has no text layer, only a picture', 'Failed: invalid_output']);
});

it('parts paragraphs at blank lines', () =>
  expect(paragraphsOf('One.\nstill.\n \nTwo.\n\n')).toEqual(['One.\nstill.', 'Two.']));
