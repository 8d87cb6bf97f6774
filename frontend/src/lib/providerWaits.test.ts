import { expect, it } from 'vitest';
import { describeProviderWait, foldLines, foldProviderWaits } from './providerWaits';
import { segmentsOf } from './segments';

const line = (s: number, name: string, status: string, attempt: number) => ({
  name,
  status,
  attempt,
  version: s,
  at: new Date(s * 1000).toISOString(),
});

const WAITED = [
  line(0, 'submitted', 'pending', 0),
  line(1, 'started', 'processing', 1),
  line(2, 'released', 'pending', 1),
  line(12, 'started', 'processing', 2),
  line(13, 'released', 'pending', 2),
  line(20, 'started', 'processing', 3),
  line(21, 'released', 'pending', 3),
];
const entry = (attempt: number, count: number, ...codes: string[]) => ({ attempt, count, waited_for: codes });
const TOGETHER = [entry(1, 3, 'rate_limited', 'provider_down')];
const RAN = [...WAITED, line(30, 'started', 'processing', 4), line(34, 'completed', 'completed', 4)];

it('shows attempts that only waited as one stretch, up to the run that counts', () => {
  const folded = foldProviderWaits(segmentsOf(RAN, 99_000), [...TOGETHER, entry(4, 1)]);
  expect(folded.map(({ kind }) => kind)).toEqual(['wait', 'providerWait', 'run']);
  expect(folded[1]).toMatchObject({ count: 3, fromMs: 1000, toMs: 30_000, codes: ['rate_limited', 'provider_down'] });
});

it('leaves the wait that goes on for itself', () =>
  expect(foldProviderWaits(segmentsOf(WAITED, 99_000), TOGETHER).map(({ kind }) => kind)).toEqual([
    'wait',
    'providerWait',
    'wait',
  ]));

it('leaves an attempt alone that the API does', () => {
  const attempts = [entry(1, 1, 'rate_limited'), entry(2, 1), entry(3, 1, 'rate_limited')];
  const folded = foldProviderWaits(segmentsOf(WAITED, 99_000), attempts);
  expect(folded.map(({ kind }) => kind)).toEqual(['wait', 'providerWait', 'run', 'wait', 'providerWait', 'wait']);
  const lines = foldLines(WAITED, attempts);
  expect(lines.map((one) => ('kind' in one ? one.count : one.name))).toEqual([
    'submitted',
    1,
    'started',
    'released',
    1,
  ]);
});

it('keeps apart two stretches of which each is an entry', () => {
  const attempts = [entry(1, 1, 'rate_limited'), entry(2, 2, 'provider_down')];
  expect(foldLines(WAITED, attempts)).toHaveLength(3);
  const counts = foldProviderWaits(segmentsOf(WAITED, 99_000), attempts).map((one) =>
    'count' in one ? one.count : one.kind,
  );
  expect(counts).toEqual(['wait', 1, 2, 'wait']);
});

it('shows what else happened meanwhile after them', () => {
  const changed = [...WAITED.slice(0, 3), line(3, 'updated', 'pending', 1), ...WAITED.slice(3)];
  const names = foldLines(changed, TOGETHER).map((one) => ('kind' in one ? one.count : one.name));
  expect(names).toEqual(['submitted', 3, 'updated']);
});

it('shows their lines of history as one', () => {
  const folded = foldLines(RAN, TOGETHER);
  expect(folded).toHaveLength(4);
  expect(folded[1]).toMatchObject({ kind: 'providerWait', count: 3, first: { version: 1 }, last: { version: 21 } });
});

it('says what was waited for, and how often', () => {
  expect(describeProviderWait({ count: 1, codes: ['rate_limited'] })).toBe("waited once for the provider's quota");
  expect(describeProviderWait({ count: 2, codes: ['model_busy'] })).toBe('waited 2 times for a place at the model');
  expect(describeProviderWait({ count: 3, codes: ['rate_limited', 'provider_down'] })).toBe(
    "waited 3 times for the provider's quota, and for the provider, which was failing",
  );
});
