import type { ReactNode } from 'react';
import { useMay } from '@/api/rights';
import type { Right } from '@/api/types';

/** A control for those alone whose role allows what it does. */
export function Allowed({ right, children }: { right: Right; children: ReactNode }) {
  return useMay(right) ? children : null;
}
