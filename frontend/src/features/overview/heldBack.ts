import type { Breaker, Provider, Providers } from '@/api/types';
import { formatClock, plural } from '@/lib/format';

interface HeldBack {
  title: string;
  sentences: string[];
  tone: string;
}

interface Shut {
  name: string;
  breaker: Breaker;
}

/** The providers and models that no call reaches now, and why; null: calls go through, as far as is known. */
export function heldBackBy({ providers }: Providers): HeldBack | null {
  const shut = providers.filter(isShut);
  const models = providers.filter((one) => !isShut(one)).flatMap(failingModels);
  const [first] = [...shut, ...models];
  if (!first) return null;
  const isFailing = models.length > 0 || shut.some(({ breaker }) => breaker.state !== 'forced');
  return {
    title: shut.length > 0 ? titleOf(shut, 'provider', first) : titleOf(models, 'model', first),
    sentences: [...shut, ...models].map(({ name, breaker }) => sentenceOf(name, breaker)),
    tone: isFailing ? 'red' : 'orange',
  };
}

function isShut<T extends { name: string; breaker?: Breaker | null }>(one: T): one is T & Shut {
  return one.breaker != null && one.breaker.state !== 'closed';
}

/** The models of a provider that their own breakers hold back, while its others are served. */
function failingModels({ name, models }: Provider): Shut[] {
  return models.filter(isShut).map((one) => ({ name: `${one.name} of ${name}`, breaker: one.breaker }));
}

function titleOf(all: Shut[], noun: string, { name, breaker }: Shut): string {
  if (all.length > 1) return `No calls reach ${plural(all.length, noun)}`;
  return `The ${noun} ${name} is ${breaker.state === 'forced' ? 'closed' : 'failing'}`;
}

function sentenceOf(name: string, { state, until, last_error: error }: Breaker): string {
  if (state === 'forced') return `An operator stopped all calls to ${name}.`;
  const why = error ? ` (${error})` : '';
  if (state === 'half_open') return `${name} was failing${why}; one call finds out whether it is well again.`;
  return until
    ? `${name} fails${why}: no call is made before ${formatClock(until)}.`
    : `${name} fails${why}: no call is made for now.`;
}
