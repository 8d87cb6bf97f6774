/** Going through pages by number. */

interface Numbered {
  number: number;
}

/** The place of the page with a number, or of the nearest one; of the first page where none is wanted. */
export function indexNear(pages: readonly Numbered[], wanted: number | undefined): number {
  if (wanted === undefined) return 0;
  let best = 0;
  for (const [index, { number }] of pages.entries()) {
    if (Math.abs(number - wanted) < Math.abs((pages[best]?.number ?? Number.POSITIVE_INFINITY) - wanted)) best = index;
  }
  return best;
}

/** Which of many rows of one height are near what is seen: from the first to before the last. */
export function windowOf(
  count: number,
  { top, height, row, spare = 8 }: { top: number; height: number; row: number; spare?: number },
): [number, number] {
  const first = Math.max(0, Math.floor(top / row) - spare);
  return [Math.min(first, count), Math.min(count, Math.ceil((top + height) / row) + spare)];
}

/** Where a list must be scrolled to, so that a row is seen; `top` where it is seen already. */
export function scrolledTo(index: number, { top, height, row }: { top: number; height: number; row: number }): number {
  if (index * row < top) return index * row;
  return (index + 1) * row > top + height ? (index + 1) * row - height : top;
}
