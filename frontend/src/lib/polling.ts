/** Whether a page asks the server again, and why not. */

export const POLL_MS = 3000;
/** Jobs also come from elsewhere: a list without an open one still looks for new ones. */
const IDLE_MS = 15_000;

export type PollState = 'live' | 'idle' | 'hidden' | 'selecting' | 'paused';

export interface Polling {
  state: PollState;
  /** Milliseconds until the next question; false: none. */
  intervalMs: number | false;
}

export interface PollFacts {
  /** Whether anything may still change; unknown counts as yes. */
  isOpen: boolean;
  isHidden: boolean;
  selected?: number;
  /** As the user chose; false: paused. */
  everyMs?: number | false;
}

export function decidePolling({ isOpen, isHidden, selected = 0, everyMs = POLL_MS }: PollFacts): Polling {
  if (everyMs === false) return { state: 'paused', intervalMs: false };
  if (selected > 0) return { state: 'selecting', intervalMs: false };
  if (isHidden) return { state: 'hidden', intervalMs: false };
  if (!isOpen) return { state: 'idle', intervalMs: Math.max(IDLE_MS, everyMs) };
  return { state: 'live', intervalMs: everyMs };
}

export function describePolling({ state, intervalMs }: Polling): string {
  switch (state) {
    case 'live':
      return `Live, every ${Number(intervalMs) / 1000} s`;
    case 'idle':
      return intervalMs === false ? 'Up to date: nothing is open' : `Nothing is open, every ${intervalMs / 1000} s`;
    case 'hidden':
      return 'Paused while the tab is hidden';
    case 'selecting':
      return 'Paused while rows are selected';
    case 'paused':
      return 'Paused';
  }
}
