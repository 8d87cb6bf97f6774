"""Whether a provider takes our key, and what is left on its account: one short request that asks no model."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2

from app.llm.catalog import ProviderConfig

TIMEOUT_S = 5.0
MAX_BYTES = 64 * 1024
OPENROUTER = "openrouter.ai"

State = Literal["active", "key_invalid", "credits_exhausted", "rate_limited", "error", "unknown"]
# What a call that failed says about its provider; every other error is just one.
STATES: Mapping[str, State] = {
    "auth_failed": "key_invalid",
    "insufficient_credits": "credits_exhausted",
    "rate_limited": "rate_limited",
}
_OF_STATUS: Mapping[int, tuple[State, str]] = {
    HTTPStatus.OK: ("active", "It answers and takes the key."),
    HTTPStatus.UNAUTHORIZED: ("key_invalid", "It refuses the API key."),
    HTTPStatus.FORBIDDEN: ("key_invalid", "It refuses the API key."),
    HTTPStatus.PAYMENT_REQUIRED: ("credits_exhausted", "The account has no credit left."),
    HTTPStatus.TOO_MANY_REQUESTS: ("rate_limited", "Its rate limit is reached."),
    HTTPStatus.NOT_FOUND: ("unknown", "It answers, but has no list of models to check the key with."),
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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


async def check(provider: ProviderConfig) -> Checked:
    """Ask a provider about itself, at its configured address only, for at most 5 seconds. Never raises."""
    if provider.kind == "simulated":
        return Checked("active", "It is simulated: nobody is asked.")
    try:
        async with asyncio.timeout(TIMEOUT_S), _client(provider) as client:
            return await _check_account(client) if _is_openrouter(provider) else (await _get(client, "models"))[0]
    except TimeoutError:
        return Checked("error", f"It did not answer within {TIMEOUT_S:g} s.")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return Checked("error", f"It cannot be reached ({type(error).__name__}).")


def _is_openrouter(provider: ProviderConfig) -> bool:
    host = urlsplit(provider.base_url).hostname or ""
    return host == OPENROUTER or host.endswith(f".{OPENROUTER}")


def _client(provider: ProviderConfig) -> httpx2.AsyncClient:
    key = provider.api_key.get_secret_value()
    return httpx2.AsyncClient(
        base_url=provider.base_url.rstrip("/") + "/",
        headers={
            "Accept-Encoding": "identity",  # what is read is counted as it comes
            **({"Authorization": f"Bearer {key}"} if key else {}),
            **provider.headers,
        },
        timeout=TIMEOUT_S,
        follow_redirects=False,
        trust_env=urlsplit(provider.base_url).hostname not in _LOOPBACK,
    )


async def _get(client: httpx2.AsyncClient, path: str) -> tuple[Checked, Mapping[str, Any]]:
    """Return what a status says, and the `data` of the answer where that is a small JSON object."""
    content = bytearray()
    async with client.stream("GET", path) as answer:
        async for piece in answer.aiter_raw():
            content += piece
            if len(content) >= MAX_BYTES:
                break
        state, message = _OF_STATUS.get(answer.status_code, ("error", f"It answered with HTTP {answer.status_code}."))
    return Checked(state, message), _data_of(bytes(content))


def _data_of(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    found = document.get("data") if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


async def _check_account(client: httpx2.AsyncClient) -> Checked:
    """Ask for the key's limit and usage, and for the account's credits, which not every key may see.

    Source: https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key and .../credits/get-credits
    """
    answer, key = await _get(client, "key")
    if answer.state != "active":
        return answer
    _, credit = await _get(client, "credits")
    used = _number(key, "usage")
    left = [_less(_number(key, "limit"), used), _less(_number(credit, "total_credits"), _number(credit, "total_usage"))]
    if (remaining := _number(key, "limit_remaining")) is not None:  # of a limit that begins anew each month
        left[0] = remaining
    balance = min((each for each in left if each is not None), default=None)
    is_spent = balance is not None and balance <= 0
    state, message = _OF_STATUS[HTTPStatus.PAYMENT_REQUIRED if is_spent else HTTPStatus.OK]
    return Checked(state, message, balance, used, _number(key, "usage_daily"), _number(key, "usage_monthly"))


def _number(found: Mapping[str, Any], name: str) -> float | None:
    value = found.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _less(whole: float | None, used: float | None) -> float | None:
    return None if whole is None or used is None else round(whole - used, 8)
