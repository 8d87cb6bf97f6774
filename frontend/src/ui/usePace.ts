import { useDocumentVisibility, useLocalStorage } from '@mantine/hooks';
import { decidePolling, type Polling } from '@/lib/polling';

export const PACES = [
  { value: '3', label: '3 s' },
  { value: '10', label: '10 s' },
  { value: '60', label: '60 s' },
  { value: 'off', label: 'Paused' },
] as const;

export type Pace = (typeof PACES)[number]['value'];

interface Facts {
  isOpen: boolean;
  selected?: number;
}

/** How often this page asks again; what the user chose is remembered. */
export function usePolling({ isOpen, selected = 0 }: Facts): {
  polling: Polling;
  pace: Pace;
  setPace: (pace: Pace) => void;
} {
  const isHidden = useDocumentVisibility() === 'hidden';
  const [stored, setPace] = useLocalStorage<Pace>({ key: 'headrace-pace', defaultValue: '3' });
  const pace = PACES.some(({ value }) => value === stored) ? stored : '3';
  const everyMs = pace === 'off' ? false : Number(pace) * 1000;
  return { polling: decidePolling({ isOpen, isHidden, selected, everyMs }), pace, setPace };
}
