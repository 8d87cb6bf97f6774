"""Whether a provider takes our key, and what is left on its account: one short request that asks no model."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import aiohttp
import httpx2

from app.llm import transport
from app.llm.catalog import ProviderConfig, ProviderKind
from app.llm.checked import STATES, TIMEOUT_S, Checked, State
from app.llm.failures import from_status
from app.llm.reading import AnswerError

MAX_BYTES = 64 * 1024
MOST_USD = 1e12  # what is beyond it is no amount

_SAID: dict[State, str] = {
    "active": "It answers and takes the key.",
    "key_invalid": "It refuses the API key.",
    "credits_exhausted": "The account has no credit left.",
    "rate_limited": "Its rate limit is reached.",
    "unknown": "It answers, but has no list of models to check the key with.",
}
_SAID_WITHOUT_KEY: dict[State, str] = {
    "active": "It answers; no API key is configured.",
    "key_invalid": "It wants an API key, and api_key_env names none.",
}
_OF_STATUS: Mapping[int, State] = {
    HTTPStatus.OK: "active",
    HTTPStatus.UNAUTHORIZED: "key_invalid",
    HTTPStatus.FORBIDDEN: "key_invalid",
    HTTPStatus.NOT_FOUND: "unknown",
}


async def check(provider: ProviderConfig) -> Checked:
    """Ask a provider about itself, at its configured address only, for at most 5 seconds. Never raises."""
    if provider.kind is ProviderKind.SIMULATED:
        return Checked("active", "It is simulated: nobody is asked.")
    try:
        async with asyncio.timeout(TIMEOUT_S), _client(provider) as client:
            ask = _Asking(client, provider)
            return await _check_account(ask) if ask.account == "openrouter" else (await ask.get("models"))[0]
    except TimeoutError:
        return Checked("error", f"It did not answer within {TIMEOUT_S:g} s.")
    except (httpx2.HTTPError, httpx2.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
        return Checked("error", f"It cannot be reached ({type(error).__name__}).")


def _client(provider: ProviderConfig) -> httpx2.AsyncClient:
    key = provider.api_key.get_secret_value()
    bearer = {"Authorization": f"Bearer {key}"} if key and not provider.key_headers else {}
    return transport.client(
        provider,
        timeout_s=TIMEOUT_S,
        base_url=provider.base_url.rstrip("/") + "/",
        headers={**bearer, **provider.headers},
    )


class _Asking:
    """The requests of one check; `account`: whose account page the provider has, None where none is known."""

    def __init__(self, client: httpx2.AsyncClient, provider: ProviderConfig) -> None:
        self._client = client
        self._key = provider.api_key.get_secret_value()
        self._query = provider.dialect.get("query", {})
        self.account = provider.known.account if provider.known else None

    async def get(self, path: str) -> tuple[Checked, Mapping[str, Any]]:
        """Return what an answer says, and its `data` where that is a small JSON object."""
        content = bytearray()
        async with self._client.stream("GET", path, params=self._query) as answer:
            with suppress(AnswerError):
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) >= MAX_BYTES:
                        break
        return self._judge(answer, bytes(content)), _data_of(bytes(content))

    def _judge(self, answer: httpx2.Response, content: bytes) -> Checked:
        status = answer.status_code
        if status == HTTPStatus.OK:
            return Checked("active", self._say("active"))
        error = from_status(status, content, headers=answer.headers, api_key=self._key)
        state = STATES.get(error.kind) or _OF_STATUS.get(status, "error")
        if answer.is_redirect:
            return Checked("error", f"It rejects the request: {error.message.partition(': ')[2]}.")
        return Checked(state, self._say(state) or f"It answered with HTTP {status}.")

    def _say(self, state: State) -> str:
        return (_SAID if self._key else _SAID | _SAID_WITHOUT_KEY).get(state, "")


def _data_of(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    found = document.get("data") if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


async def _check_account(ask: _Asking) -> Checked:
    """Ask for the key's limit and usage, and for the account's credits, which not every key may see.

    Source: https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key and .../credits/get-credits
    """
    answer, key = await ask.get("key")
    if answer.state != "active":
        return answer
    _, credit = await ask.get("credits")
    used = _number(key, "usage")
    left = [_less(_number(key, "limit"), used), _less(_number(credit, "total_credits"), _number(credit, "total_usage"))]
    if (remaining := _number(key, "limit_remaining")) is not None:  # of a limit that begins anew each month
        left[0] = remaining
    balance = min((each for each in left if each is not None), default=None)
    is_spent = balance is not None and balance <= 0
    state: State = "credits_exhausted" if is_spent else "active"
    return Checked(state, _SAID[state], balance, used, _number(key, "usage_daily"), _number(key, "usage_monthly"))


def _number(found: Mapping[str, Any], name: str) -> float | None:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST_USD:  # nor NaN
        return None
    return float(value)


def _less(whole: float | None, used: float | None) -> float | None:
    return None if whole is None or used is None else round(whole - used, 8)
