import type { JobCreate, JobDetail, Priority } from '@/api/types';
import { isRecord, parseJson, stringifyJson } from '@/lib/json';
import type { Faults } from './values';

/** What a job takes besides its input. */
export interface Options {
  priority: Priority;
  delay_s: number | undefined;
  max_attempts: number;
  queue: string;
  timeout_s: number | undefined;
  /** A model or alias that the providers have. */
  model: string;
  max_cost_usd: number | undefined;
  max_refusals: number | undefined;
  /** JSON, as somebody edits it. */
  metadata: string;
}

export const OPTION_NAMES: ReadonlySet<string> = new Set([
  'priority',
  'delay_s',
  'max_attempts',
  'queue',
  'timeout_s',
  'model',
  'max_cost_usd',
  'max_refusals',
  'metadata',
]);

/** What a job means that names no model. */
export const DEFAULT_MODEL = 'default';

export const DEFAULT_OPTIONS: Options = {
  priority: 'default',
  delay_s: undefined,
  max_attempts: 4,
  queue: '',
  timeout_s: undefined,
  model: DEFAULT_MODEL,
  max_cost_usd: undefined,
  max_refusals: undefined,
  metadata: '',
};

/** The options of a job like this one. Its delay is over, so it starts at once. */
export function optionsLike(job: JobDetail): Options {
  return {
    ...DEFAULT_OPTIONS,
    priority: job.priority,
    max_attempts: job.max_attempts,
    queue: job.queue,
    timeout_s: job.timeout_s,
    model: job.requested_model ?? DEFAULT_MODEL,
    max_cost_usd: job.max_cost_usd ?? undefined,
    max_refusals: job.max_refusals,
    metadata: job.metadata ? stringifyJson(job.metadata, 2) : '',
  };
}

/** The part of the request that the options make, or what is wrong with them. Defaults are left to the server. */
export function readOptions(options: Options): { part: Partial<JobCreate>; faults: Faults } {
  const part: Partial<JobCreate> = { priority: options.priority, max_attempts: options.max_attempts };
  if (options.delay_s) part.delay_s = options.delay_s;
  if (options.queue.trim()) part.queue = options.queue.trim();
  if (options.timeout_s) part.timeout_s = options.timeout_s;
  if (options.model !== DEFAULT_MODEL) part.model = options.model;
  if (options.max_cost_usd !== undefined) part.max_cost_usd = options.max_cost_usd;
  if (options.max_refusals !== undefined) part.max_refusals = options.max_refusals;
  if (!options.metadata.trim()) return { part, faults: {} };
  try {
    const metadata = parseJson(options.metadata);
    if (!isRecord(metadata)) return { part, faults: { metadata: 'This must be an object: { … }' } };
    return { part: { ...part, metadata }, faults: {} };
  } catch {
    return { part, faults: { metadata: 'This is no JSON yet.' } };
  }
}
