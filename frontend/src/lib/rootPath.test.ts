import { expect, test } from 'vitest';
import { readRootPath } from './rootPath';

function pageWith(content: string | null): Document {
  const head = content === null ? '' : `<meta name="root-path" content="${content}">`;
  return new DOMParser().parseFromString(`<!doctype html><html><head>${head}</head></html>`, 'text/html');
}

test.each([
  ['/', ''],
  ['/headrace/', '/headrace'],
  ['/a/b/', '/a/b'],
  [null, ''],
])('%s is %s', (content, path) => {
  expect(readRootPath(pageWith(content))).toBe(path);
});
