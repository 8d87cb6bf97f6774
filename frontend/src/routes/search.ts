import type { AuditFilter } from '@/api/audit';
import { isStatus } from '@/api/status';
import type { DeadLettersView } from '@/features/deadletters/words';
import type { JobsView } from '@/features/jobs/view';

type Raw = Record<string, unknown>;

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const ID_PREFIX = /^[0-9a-f-]{1,36}$/i;
const PAGE = /^[1-9]\d{0,5}$/;
const CURSOR = /^[\w=.~-]{1,200}$/;
const WORD = /^[^\p{C}]{1,254}$/u;
const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/;

function matching(value: unknown, pattern: RegExp): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && pattern.test(text) ? text : undefined;
}

function time(value: unknown): string | undefined {
  const text = matching(value, ZONED);
  return text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
}

/** Read what the address of the jobs page says. A bad value falls away, never crashes. */
export function parseJobsSearch(raw: Raw): JobsView {
  return {
    status: isStatus(raw.status) ? raw.status : undefined,
    type: matching(raw.type, NAME),
    queue: matching(raw.queue, NAME),
    q: matching(raw.q, ID_PREFIX)?.toLowerCase(),
    from: time(raw.from),
    to: time(raw.to),
    cursor: matching(raw.cursor, CURSOR),
  };
}

/** Which page of a job's document is shown, counted from 1, and whether doubtful ones alone are. */
export interface JobSearch {
  page?: number | undefined;
  doubtful?: 'only' | undefined;
}

export function parseJobSearch(raw: Raw): JobSearch {
  const page = matching(raw.page, PAGE);
  return { page: page ? Number(page) : undefined, doubtful: raw.doubtful === 'only' ? 'only' : undefined };
}

/** A list without filters: where its page begins. */
export interface LineSearch {
  cursor?: string | undefined;
}

export function parseLineSearch(raw: Raw): LineSearch {
  return { cursor: matching(raw.cursor, CURSOR) };
}

/** Read which failed jobs the page of dead letters groups. */
export function parseDeadLettersSearch(raw: Raw): DeadLettersView {
  return {
    type: matching(raw.type, NAME),
    queue: matching(raw.queue, NAME),
    error: matching(raw.error, NAME),
    from: time(raw.from),
    to: time(raw.to),
  };
}

export interface NewSearch {
  type?: string | undefined;
  /** The id of a job to begin with. */
  like?: string | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function parseNewSearch(raw: Raw): NewSearch {
  return { type: matching(raw.type, NAME), like: matching(raw.like, UUID) };
}

/** Whose keys: everybody's, or those of the user with this id; nothing: the caller's own. */
export interface KeysSearch {
  of?: string | undefined;
}

export function parseKeysSearch(raw: Raw): KeysSearch {
  return { of: raw.of === 'all' ? 'all' : matching(raw.of, UUID) };
}

export interface UsersSearch {
  email?: string | undefined;
}

export function parseUsersSearch(raw: Raw): UsersSearch {
  return { email: matching(raw.email, WORD) };
}

export function parseAuditSearch(raw: Raw): AuditFilter {
  return { actor: matching(raw.actor, WORD), action: matching(raw.action, NAME) };
}

export interface SignInSearch {
  code?: string | undefined;
  /** Where to go afterwards: a path of ours. */
  next?: string | undefined;
  /** Nobody is sent to the provider of single sign-on unasked, and the service token may be shown. */
  local?: '1' | undefined;
  /** Why the provider's answer signed nobody in. */
  refused?: string | undefined;
  /** What a provider sends along who has signed somebody out. */
  state?: string | undefined;
}

/** Browsers take a backslash for a slash, and drop line ends; what begins with two slashes is another host. */
const OWN_PATH = /^\/(?![/\\.])[^\s\\\p{Cc}]*$/u;
const ODD_PATH = /\/\/|\/\.|%(?:0[0-9a-f]|1[0-9a-f]|7f|5c)/i;

/** A path of this site, or nothing; the server goes by the same rule (next.cases.json). */
function ownPath(value: unknown): string | undefined {
  const path = matching(value, OWN_PATH);
  return path && !ODD_PATH.test(path.split(/[?#]/, 1)[0] ?? '') ? path : undefined;
}

export function parseSignInSearch(raw: Raw): SignInSearch {
  return {
    code: matching(raw.code, /^\S{1,512}$/),
    next: ownPath(raw.next),
    local: raw.local === '1' ? '1' : undefined,
    refused: matching(raw.refused, NAME),
    state: matching(raw.state, NAME),
  };
}

/** The address's text as it is: no value is read as JSON, so that an id prefix such as `1e5` stays one. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Raw): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}
