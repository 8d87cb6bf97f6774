import { expect, it } from 'vitest';
import type { Dialect, Lesson } from '@/api/types';
import { describeDialect, describeLesson, shownLessons, summariseDialect } from './dialect';

const PLAIN: Dialect = {
  structured_output: 'auto',
  max_tokens_param: 'max_tokens',
  temperature: true,
  reasoning_effort: null,
  max_output_tokens: null,
  thinking: 'strip',
  system_role: 'system',
  stream: false,
};
const ODD: Dialect = {
  structured_output: 'json_object',
  max_tokens_param: 'max_completion_tokens',
  temperature: false,
  reasoning_effort: 'low',
  max_output_tokens: 8192,
  thinking: 'keep',
  system_role: 'user',
  stream: true,
};

it('says in one line what tells a model from others', () => {
  expect(summariseDialect(PLAIN)).toBe('JSON Schema where it can · max_tokens');
  expect(summariseDialect(ODD)).toBe(
    'JSON object · max_completion_tokens · no temperature · effort low · room of 8,192 tokens · in pieces',
  );
  expect(summariseDialect({ ...PLAIN, max_tokens_param: 'none', temperature: 0 })).toBe(
    'JSON Schema where it can · length not bounded · temperature 0',
  );
});

it('says everything in rows', () => {
  const plain = Object.fromEntries(describeDialect(PLAIN));
  expect(plain).toMatchObject({ Temperature: 'as each job type wants it', Room: 'not known', Answers: 'whole' });
  const odd = Object.fromEntries(describeDialect({ ...ODD, temperature: 0.6 }));
  expect(odd).toMatchObject({
    Length: 'bounded as max_completion_tokens',
    Temperature: 'always 0.6',
    Room: '8,192 tokens for an answer, thinking included',
    Instructions: 'before the first question',
    Answers: 'in pieces',
  });
});

it('shows a word that it does not know as it is', () =>
  expect(summariseDialect({ ...PLAIN, structured_output: 'grammar' })).toContain('grammar'));

it('writes a lesson as the file would have it', () => {
  expect(describeLesson({ parameter: 'max_tokens_param', value: 'none' })).toBe('max_tokens_param = none');
  expect(describeLesson({ parameter: 'temperature', value: false })).toBe('temperature = false');
  expect(describeLesson({ parameter: 'dropped', value: ['seed'] })).toBe('dropped = ["seed"]');
});

it('keeps marks of accepted forms to itself', () => {
  const lesson: Lesson = { parameter: 'accepts:text', value: true, reason: '', learned_at: '', expires_at: '' };
  expect(shownLessons([lesson, { ...lesson, parameter: 'temperature' }])).toHaveLength(1);
});
