import { describe, expect, it } from 'vitest';
import { type FlowLayout, NARROW, WIDE } from './flowLayout';
import type { Point } from './flowPath';

interface Stroke {
  way: string;
  from: Point;
  to: Point;
}

function strokesOf(layout: FlowLayout): Stroke[] {
  return layout.edges.flatMap(({ id, points }) =>
    points.slice(1).map((to, index) => ({ way: id, from: points[index] ?? to, to })),
  );
}

/** Whether two level or upright strokes share a point. */
function meet(one: Stroke, other: Stroke): boolean {
  const overlaps = (axis: 0 | 1) =>
    Math.max(Math.min(one.from[axis], one.to[axis]), Math.min(other.from[axis], other.to[axis])) <=
    Math.min(Math.max(one.from[axis], one.to[axis]), Math.max(other.from[axis], other.to[axis]));
  return overlaps(0) && overlaps(1);
}

describe.each([
  ['wide', WIDE],
  ['narrow', NARROW],
])('the %s drawing', (_, layout) => {
  const strokes = strokesOf(layout);

  it('has no crossing ways', () => {
    const pairs = strokes.flatMap((one, index) => strokes.slice(index + 1).map((other) => [one, other] as const));
    const crossing = pairs.filter(([one, other]) => one.way !== other.way && meet(one, other));
    expect(crossing.map(([one, other]) => `${one.way} × ${other.way}`)).toEqual([]);
  });

  it('leads no way through a state', () => {
    const { width, height } = layout.node;
    const through = strokes.filter((stroke) =>
      Object.values(layout.nodes).some(([x, y]) =>
        meet(stroke, { way: '', from: [x + 1, y + 1], to: [x + width - 1, y + height - 1] }),
      ),
    );
    expect(through.map(({ way }) => way)).toEqual([]);
  });

  it('stays within its frame', () => {
    const inside = ([x, y]: Point) => x >= 0 && y >= 0 && x <= layout.width && y <= layout.height;
    expect(strokes.every(({ from, to }) => inside(from) && inside(to))).toBe(true);
  });
});
