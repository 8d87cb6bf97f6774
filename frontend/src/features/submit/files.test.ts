import { expect, it } from 'vitest';
import { matchFiles } from './files';

const FILES = ['2026/Report May.pdf', '2026/notes.md', 'report.pdf'].map((path) => ({
  path,
  size_bytes: 1,
  modified_at: '2026-11-21T20:00:00Z',
}));

it.each([
  ['', 3],
  ['  ', 3],
  ['REPORT', 2],
  ['may 2026', 1],
  ['2026/notes.md', 3],
  ['2026/notes', 1],
  ['nothing', 0],
])('finds by the words of %j %i files', (typed, count) => expect(matchFiles(FILES, typed)).toHaveLength(count));
