import { expect, it } from 'vitest';
import { isForPage, stepShortcut } from './shortcuts';

it.each([
  ['', '/', 'search'],
  ['', '?', 'help'],
  ['', 'n', 'new'],
  ['', 'o', null],
  ['g', 'o', 'overview'],
  ['g', 'j', 'jobs'],
  ['g', 'q', 'queues'],
  ['g', 'd', 'deadLetters'],
  ['g', 'f', 'files'],
  ['g', 'p', 'providers'],
  ['g', 'x', null],
])('after "%s" the key %s does %s', (prefix, key, action) => expect(stepShortcut(prefix, key).action).toBe(action));

it('waits for a second key after g', () => expect(stepShortcut('', 'g')).toEqual({ action: null, prefix: 'g' }));

it('leaves the keys to a field that has the focus', () => {
  const field = document.createElement('input');
  document.body.append(field);
  const seen: boolean[] = [];
  window.addEventListener('keydown', (event) => seen.push(isForPage(event)), { once: true });
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }));
  expect(seen).toEqual([false]);
});

it('leaves Ctrl to the browser', () =>
  expect(isForPage(new KeyboardEvent('keydown', { key: 'r', ctrlKey: true }))).toBe(false));
