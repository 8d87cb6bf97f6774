import type { Breaker, Provider, ProviderModel, Providers } from '@/api/types';
import { formatClock, plural } from '@/lib/format';

interface Banner {
  title: string;
  sentences: string[];
  tone: string;
}

/** The providers that no call reaches now, and why; null: calls go through, as far as is known. */
export function providerBanner({ providers }: Providers): Banner | null {
  const shut = providers.filter(
    (one): one is Provider & { breaker: Breaker } => one.breaker !== null && one.breaker.state !== 'closed',
  );
  const [only] = shut;
  if (!only) return null;
  const isFailing = shut.some(({ breaker }) => breaker.state !== 'forced_open');
  return {
    title: shut.length === 1 ? titleOf(only) : `No calls reach ${plural(shut.length, 'provider')}`,
    sentences: shut.map(({ name, breaker }) => sentenceOf(name, breaker)),
    tone: isFailing ? 'red' : 'orange',
  };
}

type ShutModel = ProviderModel & { breaker: Breaker };

/** Models that no call reaches now while their provider takes calls, and why; null: there is none. */
export function modelBanner({ providers }: Providers): Banner | null {
  const shut = providers
    .filter(({ breaker }) => breaker?.state === 'closed')
    .flatMap(({ name, models }) =>
      models
        .filter((model): model is ShutModel => model.breaker != null && model.breaker.state !== 'closed')
        .map((model) => ({ provider: name, model })),
    );
  const [only] = shut;
  if (!only) return null;
  return {
    title:
      shut.length === 1
        ? `The model ${only.model.name} of ${only.provider} is failing`
        : `No calls reach ${plural(shut.length, 'model')}`,
    sentences: shut.map(({ model }) => sentenceOf(model.name, model.breaker)),
    tone: 'orange',
  };
}

function titleOf({ name, breaker }: { name: string; breaker: Breaker }): string {
  return breaker.state === 'forced_open' ? `The provider ${name} is closed` : `The provider ${name} is failing`;
}

function sentenceOf(name: string, { state, until, last_error: error }: Breaker): string {
  if (state === 'forced_open') return `An operator stopped all calls to ${name}.`;
  const why = error ? ` (${error})` : '';
  if (state === 'half_open') return `${name} was failing${why}; one call finds out whether it is well again.`;
  return until
    ? `${name} fails${why}: no call is made before ${formatClock(until)}.`
    : `${name} fails${why}: no call is made for now.`;
}
