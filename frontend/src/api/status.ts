import type { ShownStatus } from './types';

interface Shown {
  label: string;
  /** A colour of the theme. */
  tone: string;
  /** Nothing more happens to it by itself. */
  final: boolean;
  /** What lands here. */
  meaning: string;
}

/** Every state that people see, in the order of a job's way. A state that is missing here fails the build. */
export const STATUS = {
  scheduled: {
    label: 'Scheduled',
    tone: 'violet',
    final: false,
    meaning: 'Jobs that start later: delayed ones, and those between two attempts.',
  },
  pending: { label: 'Pending', tone: 'yellow', final: false, meaning: 'Jobs that are due and wait for a worker.' },
  processing: { label: 'Processing', tone: 'blue', final: false, meaning: 'Jobs that a worker runs right now.' },
  completed: { label: 'Completed', tone: 'teal', final: true, meaning: 'Jobs with a result.' },
  failed: {
    label: 'Failed',
    tone: 'red',
    final: true,
    meaning: 'Jobs that will not be tried again, unless you retry them.',
  },
  cancelled: { label: 'Cancelled', tone: 'gray', final: true, meaning: 'Jobs that somebody stopped.' },
} satisfies Record<ShownStatus, Shown>;

export const STATUSES = Object.keys(STATUS) as ShownStatus[];
export const OPEN_STATUSES = STATUSES.filter((status) => !STATUS[status].final);

export function isStatus(text: unknown): text is ShownStatus {
  return typeof text === 'string' && Object.hasOwn(STATUS, text);
}

export function isFinal(status: ShownStatus): boolean {
  return STATUS[status].final;
}

/** Whether cancelling can still change something. */
export function canCancel(job: { status: ShownStatus; cancel_requested: boolean }): boolean {
  return !isFinal(job.status) && !job.cancel_requested;
}

/** Whether the API would change it: only a job that waits. */
export function canChange(job: { status: ShownStatus }): boolean {
  return job.status === 'scheduled' || job.status === 'pending';
}

/** Whether the API would run it once more. */
export function canRetry(job: { status: ShownStatus }): boolean {
  return job.status === 'failed' || job.status === 'cancelled';
}

export function countAll(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export function countOpen(counts: Partial<Record<ShownStatus, number>>): number {
  return OPEN_STATUSES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}
