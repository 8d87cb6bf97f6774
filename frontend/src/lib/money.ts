const CENT = 0.01;

/** US dollars such as `$0`, `$0.000412`, `$1.38`, `$12,345.60`: small sums keep their first digits. */
export function formatUsd(usd: number | null | undefined): string {
  if (usd === null || usd === undefined || !Number.isFinite(usd)) return '–';
  if (usd === 0) return '$0';
  const digits =
    Math.abs(usd) < CENT ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${usd < 0 ? '−' : ''}$${Math.abs(usd).toLocaleString('en', digits)}`;
}

/** A sum of calls of which `unpriced` have no known price: then it is at least this. */
export function formatCost(usd: number | null, unpriced = 0): string {
  if (usd === null) return 'price unknown';
  return unpriced > 0 ? `at least ${formatUsd(usd)}` : formatUsd(usd);
}
