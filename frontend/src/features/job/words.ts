import type { Attempt, JobDetail } from '@/api/types';
import { formatCount, plural } from '@/lib/format';

interface Words {
  label: string;
  tone: string;
  /** Of a run that ended so: it … after 3 s. */
  ran?: string;
}

/** The lines of a job's history in words, and their tones. An unknown one is shown as it is. */
const EVENTS: Record<string, Words> = {
  submitted: { label: 'Submitted', tone: 'indigo' },
  started: { label: 'Started', tone: 'blue' },
  completed: { label: 'Completed', tone: 'teal' },
  failed: { label: 'Failed', tone: 'red' },
  cancelled: { label: 'Cancelled', tone: 'gray' },
  retry_scheduled: { label: 'Failed, another try is due', tone: 'orange', ran: 'failed' },
  released: { label: 'Handed back, not counted', tone: 'violet', ran: 'handed back, not counted,' },
  lease_expired: { label: 'Worker lost', tone: 'orange', ran: 'lost its worker' },
  cancel_requested: { label: 'Cancel requested', tone: 'orange' },
  expired: { label: 'Deadline passed', tone: 'red' },
  updated: { label: 'Changed while it waited', tone: 'indigo' },
  retried: { label: 'Retried by hand', tone: 'indigo' },
};

export function wordsFor(name: string): Required<Words> {
  const { label, tone, ran } = EVENTS[name] ?? { label: name.replaceAll('_', ' '), tone: 'gray' };
  return { label, tone, ran: ran ?? label.toLowerCase() };
}

/** Why a model was passed over. */
const PASSED: Record<string, string> = {
  rate_limited: 'its limit was reached',
  model_busy: 'it took no further call',
  provider_down: 'it was failing',
  provider_closed: 'its provider was closed by an operator',
  network: 'it could not be reached',
  unavailable: 'it was not available',
  timeout: 'it did not answer in time',
  auth_failed: 'its key was refused',
  insufficient_credits: 'its account had no credit left',
  model_not_found: 'its provider does not know it',
  bad_response: 'what it answered could not be read',
  context_too_long: 'the text was too long for it',
  request_too_large: 'the request was too large for it',
  provider_rejected: 'its provider rejected the request',
  content_refused: 'its provider refused the content',
  output_truncated: 'its answer was cut off',
};

/** Which models were passed over before one answered, from `big: provider_down, small: rate_limited`. */
export function describeFallback(fallback: string): string {
  const passed = fallback.split(', ').map((one) => {
    const cut = one.lastIndexOf(': ');
    if (cut < 0) return one;
    const kind = one.slice(cut + 2);
    return `${one.slice(0, cut)} (${PASSED[kind] ?? kind})`;
  });
  return `instead of ${passed.join(' and ')}`;
}

/** `412 + 58 tokens, 40 of them thinking`; null: no model was asked, as far as is known. */
export function describeTokens({
  prompt_tokens: asked,
  completion_tokens: said,
  reasoning_tokens: thought,
}: Pick<Attempt, 'prompt_tokens' | 'completion_tokens' | 'reasoning_tokens'>): string | null {
  if (asked == null && said == null) return null;
  const sum = `${formatCount(asked ?? 0)} + ${formatCount(said ?? 0)} tokens`;
  return thought ? `${sum}, ${formatCount(thought)} of them thinking` : sum;
}

/** `refused 7 of 100 times`; null: its provider never refused it for a limit. */
export function describeRefusals({
  refusals,
  max_refusals: most,
}: Pick<JobDetail, 'refusals' | 'max_refusals'>): string | null {
  return refusals > 0 ? `refused ${formatCount(refusals)} of ${plural(most, 'time')}` : null;
}
