import { useSyncExternalStore } from 'react';

const TICK_MS = 1000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    timer = window.setInterval(() => {
      nowMs = Date.now();
      for (const tell of listeners) tell();
    }, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

function read(): number {
  if (timer === undefined && Date.now() - nowMs >= TICK_MS) nowMs = Date.now();
  return nowMs;
}

/** The time in milliseconds, a second exact; one timer serves the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read);
}
