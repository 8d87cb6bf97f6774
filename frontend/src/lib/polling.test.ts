import { describe, expect, it } from 'vitest';
import { decidePolling, describePolling } from './polling';

describe('decidePolling', () => {
  it('asks every 3 s while something is open', () =>
    expect(decidePolling({ isOpen: true, isHidden: false })).toEqual({ state: 'live', intervalMs: 3000 }));

  it('still looks for new jobs when nothing is open', () => {
    expect(decidePolling({ isOpen: false, isHidden: false })).toEqual({ state: 'idle', intervalMs: 15_000 });
    expect(decidePolling({ isOpen: false, isHidden: false, everyMs: 60_000 }).intervalMs).toBe(60_000);
    expect(decidePolling({ isOpen: false, isHidden: true }).intervalMs).toBe(false);
  });

  it('stops while the tab is hidden', () =>
    expect(decidePolling({ isOpen: true, isHidden: true }).state).toBe('hidden'));

  it('stops while rows are selected, whatever is open', () =>
    expect(decidePolling({ isOpen: true, isHidden: false, selected: 2 }).state).toBe('selecting'));

  it('stops when told to', () =>
    expect(decidePolling({ isOpen: true, isHidden: false, everyMs: false }).state).toBe('paused'));

  it('says so', () => {
    expect(describePolling(decidePolling({ isOpen: true, isHidden: false, everyMs: 10_000 }))).toBe('Live, every 10 s');
    expect(describePolling(decidePolling({ isOpen: false, isHidden: false }))).toBe('Nothing is open, every 15 s');
    expect(describePolling({ state: 'idle', intervalMs: false })).toBe('Up to date: nothing is open');
  });
});
