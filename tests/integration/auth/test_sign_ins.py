"""Guessing passwords: slower with each, for accounts that exist and for those that do not; the owner gets in."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.auth import guard, passwords
from app.auth.guesses import FREE_PASSWORDS, FREE_PASSWORDS_HERE
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.integration.guessing import OWN, client_of, process
from tests.rig.audit import audit
from tests.rig.people import AUTH, ME, PASSWORD, SERVICE, USERS, log_in, person

SESSION = "/api/v1/session"
NOBODY = "nobody@example.org"


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the hashes that passwords are compared with, in the order of the sign-ins."""
    compared: list[str] = []
    verify = passwords._HASHER.verify

    def noted(password: str, hashed: str) -> bool:
        compared.append(hashed)
        return verify(password, hashed)

    monkeypatch.setattr(passwords._HASHER, "verify", noted)
    return compared


@pytest.fixture(autouse=True)
def _long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first wait be so long that no machine is too slow to meet it."""
    monkeypatch.setattr("app.auth.guesses.pause_s", lambda guesses, free: 60.0 if guesses >= free else 0.0)


@pytest.mark.parametrize("is_known", [True, False])
async def test_the_eleventh_guess_at_an_account_waits(
    app: FastAPI, anonymous: httpx2.AsyncClient, verified: list[str], *, is_known: bool
) -> None:
    email = NOBODY
    if is_known:
        email = "ada@example.org"
        body = {"email": email, "name": "Ada", "password": PASSWORD}
        assert (await anonymous.post(USERS, json=body, headers=SERVICE)).status_code == 201
    async with client_of(app, "203.0.113.20") as guesser:
        answers = [await log_in(guesser, email if number % 2 else email.upper(), "wrong") for number in range(20)]
    assert [one.status_code for one in answers] == [401] * FREE_PASSWORDS + [429] * 10
    assert {one.json()["detail"] for one in answers[:FREE_PASSWORDS]} == {
        "The e-mail address or the password is wrong."
    }
    assert all(int(one.headers["retry-after"]) >= 1 for one in answers[FREE_PASSWORDS:])
    assert len(verified) == FREE_PASSWORDS, "an account that is not there is hashed for all the same"


async def test_a_disabled_account_looks_like_none(anonymous: httpx2.AsyncClient, verified: list[str]) -> None:
    ada = await person(anonymous)
    await anonymous.patch(f"{USERS}/{ada.id}", json={"is_active": False}, headers=SERVICE)
    verified.clear()
    closed, unknown = await log_in(anonymous, ada.email), await log_in(anonymous, NOBODY)
    same = ("status", "title", "detail", "code")
    assert [closed.json()[name] for name in same] == [unknown.json()[name] for name in same]
    assert len(verified) == 2


async def test_who_signed_in_from_a_place_before_gets_in_there(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings, host="203.0.113.30") as home, process(settings, host="203.0.113.31") as elsewhere:
        ada = await person(home)
        for _ in range(FREE_PASSWORDS + 3):
            await log_in(elsewhere, ada.email, "wrong")
        assert (await log_in(elsewhere, ada.email)).status_code == 429
        assert (await log_in(home, ada.email)).status_code == 200
        async with process(settings, host="203.0.113.30") as another:  # of the same place
            await _guard_of(home).tell()
            assert (await log_in(another, ada.email)).status_code == 200
        async with process(settings, host="203.0.113.32") as third:
            account = _guard_of(third).guesses.account(ada.email).hex()
            await redis.zadd(guard._BLOCKS, {f"account:{account}": 4e9})
            await _guard_of(third).hear()
            assert (await log_in(third, ada.email)).status_code == 429, "the account waits at every process"


def _guard_of(client: httpx2.AsyncClient) -> Any:
    from app.auth.resources import Resources
    from app.core.application_state import part_of

    return part_of(client._transport.app, Resources).guard  # type: ignore[attr-defined]


async def test_one_password_for_many_accounts_waits_by_its_address(
    app: FastAPI, anonymous: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords._HASHER, "verify", lambda *_: False)
    async with client_of(app, "203.0.113.40") as sprayer:
        answers = [(await log_in(sprayer, f"user-{number}@example.org", "wrong")).status_code for number in range(60)]
        assert answers == [401] * FREE_PASSWORDS_HERE + [429] * 10
        assert (await sprayer.get(ME, headers={"X-Service-Token": TOKEN})).status_code == 200, "programs go on"
    async with client_of(app, "203.0.113.41") as other:
        assert (await log_in(other, "user-1@example.org", "wrong")).status_code == 401


async def test_a_session_and_a_login_count_together(app: FastAPI, anonymous: httpx2.AsyncClient) -> None:
    async with client_of(app, "203.0.113.50") as guesser:
        for number in range(FREE_PASSWORDS):
            body = {"username": NOBODY, "password": "wrong"}
            if number % 2:
                answer = await guesser.post(SESSION, json=body, headers=OWN)
            else:
                answer = await guesser.post(f"{AUTH}/login", data=body)
            assert answer.status_code == 401
        assert (await guesser.post(SESSION, json=body, headers=OWN)).status_code == 429


async def test_the_first_wait_of_an_account_is_audited_without_its_name(
    app: FastAPI, anonymous: httpx2.AsyncClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(app, "203.0.113.60") as guesser:
        for number in range(FREE_PASSWORDS):
            await log_in(guesser, NOBODY, f"the-secret-guess-{number}")
    ((action, target, detail),) = await audit(database)
    assert (action, target.partition(":")[0], detail["kind"]) == ("guesses.blocked", "account", "password")
    assert NOBODY not in str((target, detail))
    assert "the-secret-guess" not in caplog.text
