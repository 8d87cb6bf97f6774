import { describe, expect, it } from 'vitest';
import { boundsOf, DAYS, faultOf, HOURS, readWhole, stateOf } from './words';

describe('stateOf', () => {
  const key = { is_active: true, revoked_at: null, rotated_to: null };
  it('tells the four states apart', () => {
    expect(stateOf(key)).toBe('active');
    expect(stateOf({ ...key, rotated_to: 'a1b2c3d4' })).toBe('replaced');
    expect(stateOf({ ...key, is_active: false })).toBe('expired');
    expect(stateOf({ ...key, is_active: false, revoked_at: '2026-12-01T10:00:00Z' })).toBe('revoked');
  });

  it('calls a replaced key that is revoked or over what it is', () => {
    const replaced = { ...key, rotated_to: 'a1b2c3d4', is_active: false };
    expect(stateOf(replaced)).toBe('expired');
    expect(stateOf({ ...replaced, revoked_at: '2026-12-01T10:00:00Z' })).toBe('revoked');
  });
});

describe('readWhole', () => {
  it('takes whole numbers within the bounds, and rewrites nothing', () => {
    expect([' 1 ', '90', '365'].map((text) => readWhole(text, DAYS))).toEqual([1, 90, 365]);
    expect(readWhole('0', HOURS)).toBe(0);
    for (const bad of ['', '0', '366', '-1', '2.5', '1e2', '0x10', 'ninety']) expect(readWhole(bad, DAYS)).toBeNull();
  });

  it('says what is taken', () => {
    expect(faultOf('2.5', DAYS)).toBe('A whole number from 1 to 365.');
    expect(faultOf('90', DAYS)).toBeUndefined();
  });
});

it('names what a key is bound to', () => {
  expect(boundsOf({ models: null, job_types: null })).toBeNull();
  expect(boundsOf({ models: ['a', 'b'], job_types: ['echo'] })).toBe('job types: echo; models: a, b');
});
