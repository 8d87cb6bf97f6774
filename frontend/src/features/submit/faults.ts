import type { Fault } from '@/api/problem';
import { pointerParts } from '@/lib/pointer';
import type { Faults } from './values';

/** Faults at their fields; what has no field stays for the top of the form. */
export interface PlacedFaults {
  /** By the name of an input field. */
  input: Faults;
  /** By the name of another field of the job, such as `priority`. */
  job: Faults;
  loose: Fault[];
}

/** Find the field that each pointer means: `#/input/text`, `#/input/categories/0`, `#/priority`. */
export function placeFaults(
  faults: readonly Fault[],
  inputNames: ReadonlySet<string>,
  jobNames: ReadonlySet<string>,
): PlacedFaults {
  const placed: PlacedFaults = { input: {}, job: {}, loose: [] };
  for (const fault of faults) {
    const [first, second, ...deeper] = pointerParts(fault.pointer);
    if (first === 'input' && second !== undefined && inputNames.has(second)) {
      add(placed.input, second, deeper.length > 0 ? `${deeper.join('/')}: ${fault.detail}` : fault.detail);
    } else if (first !== undefined && jobNames.has(first)) {
      add(placed.job, first, fault.detail);
    } else {
      placed.loose.push(fault);
    }
  }
  return placed;
}

function add(faults: Faults, name: string, detail: string): void {
  faults[name] = faults[name] ? `${faults[name]} ${detail}` : detail;
}
