import type { BreakerVerb } from '@/api/providers';
import type { Breaker, Calls, Provider, ProviderMetrics, ProviderModel, ProviderStatus, Quota } from '@/api/types';
import { formatClock, formatCount, formatSeconds, plural } from '@/lib/format';

interface Look {
  label: string;
  tone: string;
}

/** What a provider is, in words and tones. */
export const STATES = {
  active: { label: 'Active', tone: 'teal' },
  rate_limited: { label: 'Rate limited', tone: 'orange' },
  key_invalid: { label: 'Key refused', tone: 'red' },
  credits_exhausted: { label: 'No credit left', tone: 'red' },
  error: { label: 'Failing', tone: 'red' },
  unknown: { label: 'Not asked yet', tone: 'gray' },
} satisfies Record<ProviderStatus['state'], Look>;

/** What keeps calls from a provider. */
export const BREAKERS = {
  closed: { label: 'Calls go through', tone: 'teal' },
  open: { label: 'Breaker open', tone: 'red' },
  half_open: { label: 'One call tries', tone: 'orange' },
  forced_open: { label: 'Closed by an operator', tone: 'orange' },
} satisfies Record<Breaker['state'], Look>;

/** One sentence on a breaker; null: calls go through. */
export function describeBreaker({ state, until, failures }: Breaker): string | null {
  switch (state) {
    case 'closed':
      return null;
    case 'open':
      return until
        ? `It failed ${failures} times in a row: no call is made before ${formatClock(until)}.`
        : `It failed ${failures} times in a row: no call is made for now.`;
    case 'half_open':
      return 'It was failing: one call finds out whether it is well again, the others wait.';
    case 'forced_open':
      return 'No call is made until somebody lets them through again. Jobs wait.';
  }
}

/** One sentence on a model that is held back alone; null: its own breaker lets calls through, or is not known. */
export function describeModelBreaker(breaker: Breaker | null | undefined, othersServed: boolean): string | null {
  const said = breaker && describeBreaker(breaker);
  if (!said) return null;
  const why = breaker.last_error ? ` Last error: ${breaker.last_error}.` : '';
  return `${said}${why}${othersServed ? ' Calls of the other models go through.' : ''}`;
}

/** Whether a breaker is known to keep calls back. */
export function isShut(breaker: Breaker | null | undefined): breaker is Breaker {
  return breaker != null && breaker.state !== 'closed';
}

/** Whether calls of a provider go through: all of them, none, or those of some models. */
export function lookOfCalls({ breaker, models }: Pick<Provider, 'breaker' | 'models'>): Look {
  if (!breaker) return { label: 'Breaker unknown', tone: 'gray' };
  const shut = models.filter((model) => isShut(model.breaker)).length;
  if (breaker.state !== 'closed' || shut === 0) return BREAKERS[breaker.state];
  return { label: `${shut} of ${plural(models.length, 'model')} held back`, tone: 'orange' };
}

/** `1 of 1 calls under way`; null: any number may be. */
export function describeInFlight({
  max_in_flight: most,
  in_flight: now,
}: Pick<ProviderModel, 'max_in_flight' | 'in_flight'>): string | null {
  if (most == null) return null;
  return now == null
    ? `at most ${plural(most, 'call')} at once`
    : `${formatCount(now)} of ${formatCount(most)} calls under way`;
}

/** Where a provider is, how it is spoken to, and whose habits are taken for granted. */
export function describePlace({ host, kind, preset }: Pick<Provider, 'host' | 'kind' | 'preset'>): string {
  return [host, KINDS[kind], preset && `preset ${preset}`].filter(Boolean).join(', ');
}

/** Where a provider's models run. */
export const KINDS = {
  openai: 'speaks the OpenAI API',
  local: 'inside the workers',
  simulated: 'a simulation',
} satisfies Record<Provider['kind'], string>;

interface Verb {
  label: string;
  title: (name: string) => string;
  question: string;
  keep: string;
  isDanger: boolean;
}

/** What an operator can do to a breaker, and what to say before. */
export const VERBS = {
  open: {
    label: 'Stop calls',
    title: (name) => `Stop all calls to ${name}?`,
    question:
      'Its breaker is opened by hand: no call reaches it until somebody lets them through again. Running calls end as they do; jobs wait without losing an attempt, and fail by their deadline alone.',
    keep: 'Keep it going',
    isDanger: true,
  },
  close: {
    label: 'Let calls through',
    title: (name) => `Let calls to ${name} through?`,
    question: 'Its breaker is closed at once, whoever opened it. If the provider still fails, it opens again.',
    keep: 'Cancel',
    isDanger: false,
  },
  reset: {
    label: 'Reset',
    title: (name) => `Reset the breaker of ${name}?`,
    question: 'Its breaker is closed, and what failed last is forgotten, as if it had never failed.',
    keep: 'Cancel',
    isDanger: false,
  },
} satisfies Record<BreakerVerb, Verb>;

/** How many calls failed, of all kinds of errors. */
export function countFailures({ failures }: Pick<Calls, 'failures'>): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** Kinds of errors with their counts, the most frequent first, such as `12 × timeout`. */
export function listFailures({ failures }: Pick<Calls, 'failures'>): string {
  return Object.entries(failures)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${count} × ${kind}`)
    .join(', ');
}

/** Calls and failures of each day, over all models. */
export function daysOf({ days }: ProviderMetrics): { day: string; answered: number; failed: number }[] {
  return days.map(({ day, models }) => ({
    day,
    answered: models.reduce((sum, one) => sum + one.successes, 0),
    failed: models.reduce((sum, one) => sum + countFailures(one), 0),
  }));
}

/** Which quota holds, when the next call may start, and what waits for it. A shut breaker lets no call start. */
export function describeQuota(quota: Quota, areCallsStopped: boolean): string {
  const { effective, override, configured, factor, reserved, next_start_s: waitS, rejected } = quota;
  if (reserved == null)
    return `Quota ${override ?? configured ?? 'unknown'}; what is left is unknown while Redis is away.`;
  const start = waitS ? `next start in ${formatSeconds(waitS)}` : 'next start now';
  const parts = [
    effective == null ? 'No limit is known' : `Holds: ${effective}`,
    factor != null && factor < 1 && `${Math.round(100 * factor)} % of it after refusals`,
    !areCallsStopped && start,
    `${plural(reserved, 'job')} reserved`,
    rejected ? `${plural(rejected, 'rejection')} (429)` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}
