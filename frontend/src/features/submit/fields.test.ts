import { describe, expect, it } from 'vitest';
import { fieldsOf, waysOf } from './fields';
import { initialValues, readInput } from './values';

const SCHEMA = {
  type: 'object',
  $defs: { Tone: { enum: ['calm', 'loud'], title: 'Tone', type: 'string' } },
  required: ['text', 'schema'],
  properties: {
    max_words: { type: 'integer', minimum: 1, maximum: 500, default: 60, title: 'Words' },
    text: { type: 'string', maxLength: 1_000_000, 'x-widget': 'textarea', title: 'Text', description: 'To work on.' },
    title: { type: 'string', maxLength: 80, examples: ['Hello'] },
    language: { anyOf: [{ type: 'string', maxLength: 40 }, { type: 'null' }], default: null },
    tone: { $ref: '#/$defs/Tone', default: 'calm' },
    is_strict: { type: 'boolean', default: false },
    categories: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
    schema: { type: 'object', additionalProperties: true },
    path: { type: 'string', maxLength: 500, 'x-widget': 'file' },
    ratio: { type: 'number', minimum: 0 },
  },
};

describe('fieldsOf', () => {
  const fields = Object.fromEntries(fieldsOf(SCHEMA).map((field) => [field.name, field]));

  it.each([
    ['text', 'textarea'],
    ['title', 'text'],
    ['language', 'text'],
    ['max_words', 'integer'],
    ['ratio', 'number'],
    ['tone', 'choice'],
    ['is_strict', 'boolean'],
    ['categories', 'tags'],
    ['path', 'file'],
    ['schema', 'json'],
  ])('shows %s as %s', (name, kind) => expect(fields[name]?.kind).toBe(kind));

  it('puts what must be given first', () => {
    expect(
      fieldsOf(SCHEMA)
        .slice(0, 2)
        .map(({ name }) => name),
    ).toEqual(['text', 'schema']);
  });

  it('reads labels, help, limits and examples', () => {
    expect(fields.text).toMatchObject({ label: 'Text', help: 'To work on.', isRequired: true, maxLength: 1_000_000 });
    expect(fields.max_words).toMatchObject({ min: 1, max: 500, initial: 60 });
    expect(fields.tone).toMatchObject({ choices: ['calm', 'loud'], initial: 'calm' });
    expect(fields.title?.placeholder).toBe('Hello');
  });
});

describe('readInput', () => {
  const fields = fieldsOf(SCHEMA);

  it('sends what was given and leaves out empty options', () => {
    const values = { ...initialValues(fields, { text: 'Hi', schema: { a: 'string' } }), title: '', categories: [] };
    expect(readInput(fields, values)).toEqual({
      input: { text: 'Hi', schema: { a: 'string' }, max_words: 60, tone: 'calm', is_strict: false },
      faults: {},
    });
  });

  it('names what is missing and what is no JSON', () => {
    const { faults } = readInput(fields, { schema: '{ "a": ' });
    expect(faults.text).toBe('Needed.');
    expect(faults.schema).toContain('no JSON');
  });
});

describe('a file that is named in one of two ways', () => {
  const fields = fieldsOf({
    type: 'object',
    properties: {
      input_file_path: { anyOf: [{ type: 'string', maxLength: 500 }, { type: 'null' }], 'x-widget': 'file' },
      file_id: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] },
    },
  });

  it('is found as a pair, which a type with one way has not', () => {
    expect(waysOf(fields)).toMatchObject({
      path: { name: 'input_file_path' },
      upload: { name: 'file_id' },
      text: null,
    });
    expect(waysOf(fieldsOf(SCHEMA))).toBeNull();
  });

  it('must be given in one of them', () => {
    expect(readInput(fields, {}).faults).toHaveProperty('file_id');
    expect(readInput(fields, { file_id: 'x' })).toEqual({ input: { file_id: 'x' }, faults: {} });
    expect(readInput(fields, { input_file_path: 'a.pdf' }).faults).toEqual({});
  });
});

describe('a text or a file', () => {
  const fields = fieldsOf({
    type: 'object',
    oneOf: ['text', 'file_id', 'input_file_path'].map((name) => ({ required: [name] })),
    properties: {
      text: { anyOf: [{ type: 'string', maxLength: 1_000_000 }, { type: 'null' }], 'x-widget': 'textarea' },
      input_file_path: { anyOf: [{ type: 'string', maxLength: 500 }, { type: 'null' }], 'x-widget': 'file' },
      file_id: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] },
      pages: { anyOf: [{ type: 'string' }, { type: 'null' }], 'x-beside': 'file' },
      notes: { type: 'string', 'x-widget': 'textarea' },
    },
  });

  it('is one choice of three', () => expect(waysOf(fields)?.text?.name).toBe('text'));

  it('must be given in one of them', () => {
    expect(readInput(fields, { notes: 'x' }).faults).toHaveProperty('text');
    for (const name of ['text', 'file_id', 'input_file_path']) {
      expect(readInput(fields, { [name]: 'x' })).toEqual({ input: { [name]: 'x' }, faults: {} });
    }
  });

  it('sends pages beside a file and not beside a text', () => {
    expect(readInput(fields, { text: 'x', pages: '1-5' }).input).toEqual({ text: 'x' });
    expect(readInput(fields, { file_id: 'x', pages: '1-5' }).input).toEqual({ file_id: 'x', pages: '1-5' });
  });
});
