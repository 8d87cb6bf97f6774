/** A point on the drawing, in its own units. */
export type Point = readonly [x: number, y: number];

/** The points of a way from `x y, x y`. */
export function way(text: string): Point[] {
  return text.split(', ').map((corner) => {
    const [x = 0, y = 0] = corner.split(' ').map(Number);
    return [x, y];
  });
}

const RADIUS = 10;

/** An SVG path along the points, its corners rounded. */
export function roundedPath(points: readonly Point[], radius = RADIUS): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const parts = [`M ${first[0]} ${first[1]}`];
  rest.forEach((corner, index) => {
    const before = points[index] ?? first;
    const after = rest[index + 1];
    if (!after) {
      parts.push(`L ${corner[0]} ${corner[1]}`);
      return;
    }
    const enter = towards(corner, before, radius);
    const leave = towards(corner, after, radius);
    parts.push(`L ${enter[0]} ${enter[1]} Q ${corner[0]} ${corner[1]} ${leave[0]} ${leave[1]}`);
  });
  return parts.join(' ');
}

/** The point at most `distance` (and at most half the way) from one point towards another. */
function towards(from: Point, to: Point, distance: number): Point {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  if (length === 0) return from;
  const ratio = Math.min(distance, length / 2) / length;
  return [from[0] + dx * ratio, from[1] + dy * ratio];
}
