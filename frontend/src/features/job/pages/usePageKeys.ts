import { useEffect, useRef } from 'react';
import { isForPage } from '@/lib/shortcuts';

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

/** Go a page back or on with the arrow keys, while nothing that scrolls sideways or takes text has the focus. */
export function usePageKeys(onStep: (step: number) => void): void {
  const latest = useRef(onStep);
  useEffect(() => {
    latest.current = onStep;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (step === undefined || event.shiftKey || !isForPage(event)) return;
      if (event.target instanceof Element && event.target.closest('[role="group"][tabindex]')) return;
      event.preventDefault();
      latest.current(step);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
