import { expect, it } from 'vitest';
import { describeHeld, foldHeld, foldLines } from './held';
import { segmentsOf } from './segments';

const line = (s: number, name: string, status: string, attempt: number, code?: string) => ({
  name,
  status,
  attempt,
  version: s,
  at: new Date(s * 1000).toISOString(),
  detail: code ? { error: { code, message: '' } } : null,
});

const WAITED = [
  line(0, 'submitted', 'pending', 0),
  line(1, 'started', 'processing', 1),
  line(2, 'released', 'pending', 1, 'rate_limited'),
  line(12, 'started', 'processing', 2),
  line(13, 'released', 'pending', 2, 'provider_down'),
  line(20, 'started', 'processing', 3),
  line(21, 'released', 'pending', 3, 'rate_limited'),
];
const RAN = [...WAITED, line(30, 'started', 'processing', 4), line(34, 'completed', 'completed', 4)];

it('shows attempts that only waited as one stretch, up to the run that counts', () => {
  const folded = foldHeld(segmentsOf(RAN, 99_000));
  expect(folded.map(({ kind }) => kind)).toEqual(['wait', 'held', 'run']);
  expect(folded[1]).toMatchObject({ count: 3, fromMs: 1000, toMs: 30_000, codes: ['rate_limited', 'provider_down'] });
});

it('leaves the wait that goes on for itself', () =>
  expect(foldHeld(segmentsOf(WAITED, 99_000)).map(({ kind }) => kind)).toEqual(['wait', 'held', 'wait']));

it('leaves an attempt alone that asked a model before it was given back', () => {
  const asked = { error: { code: 'rate_limited', message: '' }, prompt_tokens: 653 };
  const lines = WAITED.map((one) => (one.version === 13 ? { ...one, detail: asked } : one));
  expect(foldHeld(segmentsOf(lines, 99_000)).map(({ kind }) => kind)).toEqual([
    'wait',
    'held',
    'run',
    'wait',
    'held',
    'wait',
  ]);
  expect(foldLines(lines).map((one) => ('kind' in one ? one.count : one.name))).toEqual([
    'submitted',
    1,
    'started',
    'released',
    1,
  ]);
});

it('leaves attempts alone that a stopping worker gave back', () => {
  const stopped = [...WAITED.slice(0, 2), line(2, 'released', 'pending', 1, 'worker_stopped')];
  expect(foldHeld(segmentsOf(stopped, 9000)).map(({ kind }) => kind)).toEqual(['wait', 'run', 'wait']);
  expect(foldLines(stopped)).toHaveLength(3);
});

it('shows their lines of history as one', () => {
  const folded = foldLines(RAN);
  expect(folded).toHaveLength(4);
  expect(folded[1]).toMatchObject({ kind: 'held', count: 3, first: { version: 1 }, last: { version: 21 } });
});

it('says what was waited for, and how often', () => {
  expect(describeHeld({ count: 1, codes: ['rate_limited'] })).toBe("waited once for the provider's quota");
  expect(describeHeld({ count: 2, codes: ['model_busy'] })).toBe('waited 2 times for a place at the model');
  expect(describeHeld({ count: 3, codes: ['rate_limited', 'provider_down'] })).toBe(
    "waited 3 times for the provider's quota, and for the provider, which was failing",
  );
});
