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
