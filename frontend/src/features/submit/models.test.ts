import { expect, it } from 'vitest';
import type { Providers } from '@/api/types';
import { modelChoices } from './models';

const PROVIDERS = {
  aliases: { cheap: ['small', 'big'], default: ['big'] },
  providers: [{ models: [{ name: 'small' }, { name: 'big' }] }],
} as unknown as Providers;

it('puts the default first and says what each chain asks', () =>
  expect(modelChoices(PROVIDERS, 'default')).toEqual([
    { value: 'default', label: 'default (big)' },
    { value: 'cheap', label: 'cheap (small, then big)' },
    { value: 'small', label: 'small' },
    { value: 'big', label: 'big' },
  ]));

it('keeps the default and a chosen model that nobody knows (any more)', () => {
  expect(modelChoices(undefined, 'default').map(({ value }) => value)).toEqual(['default']);
  expect(modelChoices(undefined, 'gone').map(({ value }) => value)).toEqual(['default', 'gone']);
});
