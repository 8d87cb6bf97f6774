"""What a check of a provider can find, for who reads it: the check itself loads the way to providers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TIMEOUT_S = 5.0

State = Literal["active", "key_invalid", "credits_exhausted", "rate_limited", "error", "unknown"]
# What a call that failed says about its provider; every other error is just one.
STATES: Mapping[str, State] = {
    "auth_failed": "key_invalid",
    "insufficient_credits": "credits_exhausted",
    "rate_limited": "rate_limited",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; amounts in US dollars, None where the provider does not tell.

    `usage_usd` is all that was ever used. `balance_usd` is what can still be spent: the key's limit less its usage,
    or the account's credits less theirs.
    """

    state: State
    message: str
    balance_usd: float | None = None
    usage_usd: float | None = None
    usage_today_usd: float | None = None
    usage_month_usd: float | None = None
