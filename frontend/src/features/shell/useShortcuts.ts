import { useEffect, useRef } from 'react';
import { isForPage, type ShortcutAction, stepShortcut } from '@/lib/shortcuts';

const PREFIX_MS = 1200;

export function useShortcuts(onAction: (action: ShortcutAction) => void): void {
  const latest = useRef(onAction);
  useEffect(() => {
    latest.current = onAction;
  });
  useEffect(() => {
    let prefix = '';
    let pressedAt = 0;
    const press = (event: KeyboardEvent) => {
      if (!isForPage(event)) return;
      const step = stepShortcut(event.timeStamp - pressedAt < PREFIX_MS ? prefix : '', event.key);
      prefix = step.prefix;
      pressedAt = event.timeStamp;
      if (step.action) {
        event.preventDefault();
        latest.current(step.action);
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
