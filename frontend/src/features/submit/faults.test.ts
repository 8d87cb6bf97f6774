import { expect, it } from 'vitest';
import { placeFaults } from './faults';

const place = (pointer: string) =>
  placeFaults([{ pointer, detail: 'bad' }], new Set(['text', 'categories', 'a/b']), new Set(['priority']));

it('finds the field of an input pointer', () => expect(place('#/input/text').input).toEqual({ text: 'bad' }));

it('says where within a field', () => expect(place('#/input/categories/1').input).toEqual({ categories: '1: bad' }));

it('undoes the escapes of a pointer', () => expect(place('#/input/a~1b').input).toEqual({ 'a/b': 'bad' }));

it('finds the other fields of a job', () => expect(place('#/priority').job).toEqual({ priority: 'bad' }));

it('keeps what has no field for the top', () => {
  for (const pointer of ['#/input/other', '#/', '#header/Idempotency-Key'])
    expect(place(pointer).loose).toHaveLength(1);
});
