/** How numbers and times are written. Durations are never negative: two clocks may disagree. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** A duration such as `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 20 min`, `4 d 1 h`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  const clamped = Math.max(0, ms);
  if (clamped < 1000) return `${Math.round(clamped)} ms`;
  const s = clamped / 1000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return pair(whole, MINUTE, 'min', 1, 's');
  if (whole < DAY) return pair(whole, HOUR, 'h', MINUTE, 'min');
  return pair(whole, DAY, 'd', HOUR, 'h');
}

function pair(s: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((s % big) / small);
  return `${Math.floor(s / big)} ${bigName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

export function formatSeconds(s: number | null | undefined): string {
  return formatDuration(s === null || s === undefined ? null : s * 1000);
}

/** Milliseconds from one time to the next, never negative; null when one of them is missing. */
export function msBetween(from: string | null | undefined, to: string | number | null | undefined): number | null {
  if (!from || to === null || to === undefined || to === '') return null;
  const ms = (typeof to === 'number' ? to : Date.parse(to)) - Date.parse(from);
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** `just now`, `12 s ago`, `3 min ago`; with `ahead` also `in 12 s`. The past is never in the future. */
export function formatRelative(at: string, nowMs: number, { ahead = false }: { ahead?: boolean } = {}): string {
  const ms = Date.parse(at) - nowMs;
  if (Number.isNaN(ms)) return '–';
  if (ahead && ms > 0) return `in ${coarse(ms)}`;
  const past = Math.max(0, -ms);
  return past < 1000 ? 'just now' : `${coarse(past)} ago`;
}

function coarse(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s < MINUTE) return `${s} s`;
  if (s < HOUR) return `${Math.floor(s / MINUTE)} min`;
  if (s < DAY) return `${Math.floor(s / HOUR)} h`;
  return `${Math.floor(s / DAY)} d`;
}

/** The exact local time, to the millisecond, with its zone. */
export function formatExact(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return date.toLocaleString(undefined, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
  });
}

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/g;

/** A sentence of the server with its ISO times as the reader's clock says them. */
export function withLocalTimes(sentence: string): string {
  return sentence.replace(ISO_TIME, (at) =>
    new Date(at).toLocaleString(undefined, { day: 'numeric', month: 'short', ...CLOCK }),
  );
}

/** The local time to the second; the day too when it is not today. */
export function formatClock(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const isToday = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(undefined, isToday ? CLOCK : { day: 'numeric', month: 'short', ...CLOCK });
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;

/** The local hour and minute, as short as axes need it. */
export function formatMinute(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

const KILO = 1000;
const SIZES = ['kB', 'MB', 'GB', 'TB'] as const;

/** A size such as `512 B`, `1.5 kB`, `23 MB`; a kilobyte has 1,000 bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < KILO) return `${bytes} B`;
  const power = Math.min(SIZES.length, Math.max(1, Math.floor(Math.log10(bytes) / 3)));
  const count = bytes / KILO ** power;
  return `${count < 9.95 ? count.toFixed(1) : Math.round(count)} ${SIZES[power - 1]}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** The part of an id that tells jobs apart: UUIDv7 begins with the time, so its end. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}

/** A rough count of tokens: four characters each, as English has. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
