import { expect, it } from 'vitest';
import { doubtWords, pictureWords, readerWords, shareWords, whyNot } from './words';

// A copy by hand of what the reader says; see app/documents/model.py.
const REASONS = [
  'single_letters',
  'unmapped_glyphs',
  'wrong_letters',
  'unknown_words',
  'overlapping_text',
  'hidden_text',
  'text_in_pictures',
  'no_text_layer',
  'low_confidence',
  'readings_differ',
];

it.each(REASONS)('says %s in a sentence of its own', (reason) => {
  expect(doubtWords(reason)).toMatch(/^[A-Z][a-z ,']{20,}$/);
  expect(doubtWords(reason).toLowerCase()).not.toBe(reason.replaceAll('_', ' '));
});

it('shows a reason that it does not know', () => expect(doubtWords('mirror_writing')).toBe('Mirror writing'));

it.each([
  [0, null],
  [Number.NaN, null],
  [0.004, 'under 1 % of the page'],
  [0.126, '13 % of the page'],
  [0.999, 'the whole page'],
])('says a share of %d as %j', (share, words) => expect(shareWords(share)).toBe(words));

it('names the reader', () => {
  expect(readerWords('text_layer').label).toBe('Text layer');
  expect(readerWords('vision').label).toBe('Model with vision');
  expect(readerWords('some_eye').label).toBe('some eye');
});

it('says why a page was not read', () => {
  expect(whyNot({ status: 'processed', reason: null })).toBeNull();
  expect(whyNot({ status: 'skipped', reason: 'no_text_layer' })).toBe('Skipped: it has no text layer, only a picture');
  expect(whyNot({ status: 'failed', reason: 'a_new_code' })).toBe('Failed: a_new_code');
});

it('tells what is gone from what may come', () => {
  expect(pictureWords('file_not_found')).toContain('not there any more');
  expect(pictureWords('page_timeout')).toBeNull();
});
