import { expect, it } from 'vitest';
import { describeSource, numbersOf, readSources, withoutSources } from './sources';

const SOURCE = { kind: 'pdf', pages: 3, characters: 34_012, encoding: null, doubtful_pages: [6], notes: ['A note.'] };
const PLACE = { page: 5, start: 12, end: 40, text_start: 112, text_end: 140, quote: 'the mill of 1784' };
const FOUND = { page: 5, start: 12, end: 40, quote: 'the mill of 1784' };

it('reads the statements of a summary with their places', () => {
  const found = readSources({
    summary: 'The mill is old. It is blue.',
    statements: [
      { text: 'The mill is old.', score: 0.9, ...PLACE },
      { text: 'It is blue.', score: 0.1, page: null, start: null, end: null, quote: null },
    ],
    source: SOURCE,
  });
  expect(found).toMatchObject({ kind: 'pdf', pages: 3, doubtfulPages: [6], notes: ['A note.'] });
  expect(found?.findings).toEqual([
    { label: null, text: 'The mill is old.', place: FOUND, isDisputed: false },
    { label: null, text: 'It is blue.', place: null, isDisputed: false },
  ]);
  expect(found && describeSource(found)).toBe('PDF, 3 pages, 34,012 characters');
});

it('reads the fields of an extraction, those in dispute first', () => {
  const found = readSources({
    data: { year: 1784, owner: null, items: [{ 'a/b': 'x' }], total: 9n },
    places: { '/year': PLACE, '/owner': null, '/items/0/a~1b': null, '/total': PLACE },
    conflicts: [{ pointer: '/total', alternatives: [{ value: 9, place: PLACE }] }],
    source: null,
  });
  expect(found?.findings).toEqual([
    { label: 'total', text: '9', place: FOUND, isDisputed: true },
    { label: 'year', text: '1784', place: FOUND, isDisputed: false },
    { label: 'items › 1 › a/b', text: 'x', place: null, isDisputed: false },
  ]);
});

it('reads the source of a summarized file, whose fields stand in the result itself', () => {
  const found = readSources({ summary: 'S', statements: [], ...SOURCE, kind: 'text', pages: null, encoding: 'cp1252' });
  expect(found && describeSource(found)).toBe('TEXT, 34,012 characters, written in cp1252');
});

it.each([null, 'text', { summary: 'S' }, { summary: 'S', statements: [], source: null }, { kind: 7 }])(
  'finds no source in %j',
  (value) => expect(readSources(value)).toBeNull(),
);

it('counts pages from where the job began', () => {
  expect(numbersOf({ kind: 'pdf', pages: 3 }, { pages: '5-9' })).toEqual([5, 6, 7]);
  expect(numbersOf({ kind: 'pdf', pages: 2 }, { file_id: 'a' })).toEqual([1, 2]);
  expect(numbersOf({ kind: 'pdf', pages: null }, null)).toEqual([]);
  expect(numbersOf({ kind: 'png', pages: null }, {})).toEqual([1]);
  expect(numbersOf({ kind: 'xlsx', pages: 3 }, {})).toEqual([]);
});

it('leaves out of the other fields what is shown as the source', () => {
  expect(withoutSources({ statements: [], source: SOURCE, category: 'a' })).toEqual({ category: 'a' });
  expect(withoutSources({ source: SOURCE })).toBeNull();
  expect(withoutSources(null)).toBeNull();
});
