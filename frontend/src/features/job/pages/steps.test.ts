import { expect, it } from 'vitest';
import { indexNear, scrolledTo, windowOf } from './steps';

const PAGES = [3, 5, 9].map((number) => ({ number }));

it.each([
  [undefined, 0],
  [5, 1],
  [8, 2],
  [1, 0],
  [1000, 2],
])('finds the page near %s', (wanted, index) => expect(indexNear(PAGES, wanted)).toBe(index));

it('renders of many rows those near the view alone', () => {
  expect(windowOf(1000, { top: 3000, height: 600, row: 30 })).toEqual([92, 128]);
  expect(windowOf(5, { top: 0, height: 600, row: 30 })).toEqual([0, 5]);
  expect(windowOf(0, { top: 0, height: 0, row: 30 })).toEqual([0, 0]);
});

it('scrolls no further than it must', () => {
  const seen = { top: 300, height: 300, row: 30 };
  expect(scrolledTo(12, seen)).toBe(300);
  expect(scrolledTo(4, seen)).toBe(120);
  expect(scrolledTo(30, seen)).toBe(630);
});
