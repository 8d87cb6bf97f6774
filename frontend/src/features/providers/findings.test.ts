import { expect, it } from 'vitest';
import { detailOf, markOf, nameOf } from './findings';

it('names what it knows, and what it does not', () => {
  expect(nameOf({ name: 'max_completion_tokens' })).toBe('Length as max_completion_tokens');
  expect(nameOf({ name: 'tool_calls' })).toBe('Tool calls');
});

it('begins each sentence as sentences begin', () =>
  expect(detailOf({ detail: 'the model provider refused it' })).toBe('The model provider refused it'));

it('alarms only where a model gives no answer', () => {
  expect(markOf({ name: 'vision', can: false })).toEqual({ said: 'no', tone: 'gray' });
  expect(markOf({ name: 'answers', can: false })).toEqual({ said: 'no', tone: 'red' });
  expect(markOf({ name: 'vision', can: null }).said).toBe('not known');
  expect(markOf({ name: 'vision', can: true }).said).toBe('yes');
});
