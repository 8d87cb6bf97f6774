import { expect, it } from 'vitest';
import { blocksOf, isNumber, layOut, sameRows, tsvOf } from './tables';

it('parts paragraphs at blank lines, and finds tables among them', () => {
  expect(blocksOf('One.\nstill.\n \n| A | B |\n| --- | --- |\n| 1 \\| 2 |  |\n\nTwo.\n\n')).toEqual([
    { text: 'One.\nstill.' },
    {
      rows: [
        ['A', 'B'],
        ['1 | 2', ''],
      ],
    },
    { text: 'Two.' },
  ]);
});

it.each(['| not a table', '| A |\ntext\n| --- |', '| --- |', '|a|\n|-|', 'a | b\n| --- |'])(
  'leaves %j as text',
  (text) => expect(blocksOf(text)).toEqual([{ text }]),
);

it.each(['1', '-3', '(1,200.50)', '€ 12', '12 €', '3,5 %', "1'000", '1 234', '−7', '-$5', '12 EUR'])(
  'takes %j for a number',
  (cell) => expect(isNumber(cell)).toBe(true),
);

it.each(['', '-', 'A1', '12 pages', '1784-03-02', '3rd'])('takes %j for no number', (cell) =>
  expect(isNumber(cell)).toBe(false),
);

it('tells the heading and the columns of numbers', () => {
  const rows = [
    ['Name', 'Sum', '2026'],
    ['Mill', '1,200', '-'],
    ['Weir', '7', '3'],
  ];
  expect(layOut(rows)).toEqual({ head: rows[0], body: rows.slice(1), isNumeric: [false, true, true] });
  const bare = [
    ['Mill', '1,200'],
    ['Weir', '7'],
  ];
  expect(layOut(bare)).toEqual({ head: null, body: bare, isNumeric: [false, true] });
  expect(layOut([['a', 'b']])).toMatchObject({ head: null, body: [['a', 'b']] });
  expect(layOut([])).toEqual({ head: null, body: [], isNumeric: [] });
});

it('compares tables by their words', () => {
  expect(sameRows([['a  b', ' c']], [['a b', 'c']])).toBe(true);
  expect(sameRows([['a', 'b']], [['a b']])).toBe(false);
});

it('writes rows for a spreadsheet, and no formula', () => {
  expect(
    tsvOf([
      ['a\tb', 'c\nd'],
      ['-3', '+4 %'],
      ['=HYPERLINK("x")', '-cmd'],
      ['@sum', '-'],
    ]),
  ).toBe("a b\tc d\n-3\t+4 %\n'=HYPERLINK(\"x\")\t'-cmd\n'@sum\t-");
});
