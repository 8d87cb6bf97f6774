import { describe, expect, it } from 'vitest';
import {
  estimateTokens,
  formatBytes,
  formatDuration,
  formatRelative,
  msBetween,
  plural,
  shortId,
  withLocalTimes,
} from './format';

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [87.4, '87 ms'],
    [1400, '1.4 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [125_000, '2 min 5 s'],
    [12_000_000, '3 h 20 min'],
    [349_200_000, '4 d 1 h'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('is never negative', () => expect(formatDuration(-5000)).toBe('0 ms'));

  it.each([null, undefined, Number.NaN])('writes %s as unknown', (ms) => expect(formatDuration(ms)).toBe('–'));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1536, '1.5 kB'],
    [23_400_000, '23 MB'],
    [4e15, '4000 TB'],
  ])('writes %d as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('msBetween', () => {
  it('is never negative when clocks disagree', () =>
    expect(msBetween('2026-11-21T20:00:01Z', '2026-11-21T20:00:00Z')).toBe(0));

  it('is unknown without an end', () => expect(msBetween('2026-11-21T20:00:00Z', null)).toBeNull());
});

describe('formatRelative', () => {
  const now = Date.parse('2026-11-21T20:00:00Z');

  it.each([
    ['2026-11-21T19:59:59.500Z', 'just now'],
    ['2026-11-21T19:59:48Z', '12 s ago'],
    ['2026-11-21T19:57:00Z', '3 min ago'],
    ['2026-11-20T19:57:00Z', '1 d ago'],
  ])('tells the past: %s', (at, text) => expect(formatRelative(at, now)).toBe(text));

  it('puts no past event into the future', () => expect(formatRelative('2026-11-21T20:00:30Z', now)).toBe('just now'));

  it('tells the future where it may lie ahead', () =>
    expect(formatRelative('2026-11-21T20:02:00Z', now, { ahead: true })).toBe('in 2 min'));
});

it('shortens an id to what tells it apart', () =>
  expect(shortId('019ab000-0000-7000-8000-00000065b4e2')).toBe('019a…65b4e2'));

it('estimates four characters a token', () => expect(estimateTokens('12345')).toBe(2));

it('counts in words', () => expect([plural(1, 'job'), plural(1200, 'job')]).toEqual(['1 job', '1,200 jobs']));

describe('withLocalTimes', () => {
  it('writes the times of a sentence as the local clock says them', () => {
    const told = withLocalTimes('It starts not before 2026-11-21T20:02:05+00:00.');
    expect(told).toMatch(/^It starts not before .*\d\d:\d\d:05.*\.$/);
    expect(told).not.toContain('T20');
  });

  it('leaves other sentences alone', () =>
    expect(withLocalTimes('Attempt 2 of 2026-11.')).toBe('Attempt 2 of 2026-11.'));
});
