/** Which keys do what, as a pure step: (keys so far, key) → action or more keys. */

export type ShortcutAction =
  | 'search'
  | 'help'
  | 'overview'
  | 'jobs'
  | 'queues'
  | 'deadLetters'
  | 'files'
  | 'providers'
  | 'new'
  | 'refresh'
  | 'theme';

const SINGLE: Record<string, ShortcutAction> = { '/': 'search', '?': 'help', n: 'new', r: 'refresh', t: 'theme' };
const AFTER_G: Record<string, ShortcutAction> = {
  o: 'overview',
  j: 'jobs',
  q: 'queues',
  d: 'deadLetters',
  f: 'files',
  p: 'providers',
};

export interface Step {
  action: ShortcutAction | null;
  /** The key that the next one continues; empty: none. */
  prefix: string;
}

export function stepShortcut(prefix: string, key: string): Step {
  if (prefix === 'g' && Object.hasOwn(AFTER_G, key)) return { action: AFTER_G[key] ?? null, prefix: '' };
  if (key === 'g') return { action: null, prefix: 'g' };
  return { action: Object.hasOwn(SINGLE, key) ? (SINGLE[key] ?? null) : null, prefix: '' };
}

/** Whether a key press belongs to the page and not to a field, a dialog or the browser. */
export function isForPage(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return true;
  if (target.isContentEditable) return false;
  return target.closest('input, textarea, select, [role="dialog"], [role="combobox"], [role="listbox"]') === null;
}
