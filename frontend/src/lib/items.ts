/** All items of the pages of a list that have come so far. */
export function itemsOf<T>(data: { pages: readonly { items: readonly T[] }[] } | undefined): T[] {
  return data?.pages.flatMap(({ items }) => items) ?? [];
}
