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
  replayed: { label: 'Retried by hand', tone: 'indigo' },
};

export function wordsFor(name: string): Required<Words> {
  const { label, tone, ran } = EVENTS[name] ?? { label: name.replaceAll('_', ' '), tone: 'gray' };
  return { label, tone, ran: ran ?? label.toLowerCase() };
}

/** Why a model was passed over. */
const PASSED: Record<string, string> = {
  rate_limited: 'its quota was used up',
  provider_down: 'its provider was failing',
  provider_closed: 'its provider was closed by an operator',
  model_busy: 'it answered other jobs',
  network: 'it could not be reached',
  unavailable: 'it was not available',
  timeout: 'it did not answer in time',
  auth_failed: 'it refused the key',
  insufficient_credits: 'its account had no credit left',
  model_not_found: 'its provider does not know it',
  bad_response: 'its answer was no answer',
  context_too_long: 'the text was too long for it',
  request_too_large: 'the request was larger than it ever takes',
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
