/** One limit of a quota: at most `amount` in any interval such as `min` or `10s`. */
export interface Rate {
  amount: number;
  per: string;
}

export interface Rates {
  requests: Rate | null;
  tokens: Rate | null;
}

const PART = /^(\d+(?:\.\d+)?)(tok)?\/(\w+)$/;

/** Read a quota as the API writes it, such as `60/min,20000tok/min`. What cannot be read is no limit. */
export function readQuota(text: string | null | undefined): Rates {
  const rates: Rates = { requests: null, tokens: null };
  for (const part of (text ?? '').split(',')) {
    const [, amount, tokens, per] = PART.exec(part.trim()) ?? [];
    if (amount && per) rates[tokens ? 'tokens' : 'requests'] = { amount: Number(amount), per };
  }
  return rates;
}

/** How much of a limit is left, from 0 to 1. */
export function leftRatio(left: number, { amount }: Rate): number {
  return amount > 0 ? Math.min(1, Math.max(0, left / amount)) : 0;
}
