"""Passwords: how they are hashed, which are refused, and that nobody's takes the same way."""

import asyncio
from typing import Any

import pytest

from app.auth import passwords
from app.auth.passwords import AT_ONCE, Passwords, fault_of
from app.auth.users import emails


async def test_a_hash_says_how_it_was_made() -> None:
    hashed = await Passwords().hash("the mill stood still")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await Passwords().verify("the mill stood still", hashed)
    assert not await Passwords().verify("the mill stood still.", hashed)


async def test_letters_are_the_same_however_they_are_composed() -> None:
    assert await Passwords().verify("Mu\u0308hle am Bach", await Passwords().hash("M\u00fchle am Bach"))


async def test_nobody_s_password_is_hashed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    verify = passwords._HASHER.verify

    def noted(password: str, hashed: str) -> bool:
        asked.append(hashed)
        return verify(password, hashed)

    monkeypatch.setattr(passwords._HASHER, "verify", noted)
    ours = Passwords()
    assert not await ours.verify("any", None)
    assert not await ours.verify("nobody has this password", None), "not even the one that was hashed"
    assert len(asked) == 2
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in asked)


async def test_a_flood_is_hashed_by_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def counted(*_: Any) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _round in range(5):
            await asyncio.sleep(0)
        running -= 1
        return "hash"

    monkeypatch.setattr("asyncio.to_thread", counted)
    ours = Passwords()
    await asyncio.gather(*(ours.hash("the mill stood still") for _ in range(20)))
    assert most == AT_ONCE


@pytest.mark.parametrize("password", ["password123", "Password123", "iloveyou", "12345678", "trustno1", "PASSWORD"])
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    assert "everybody tries" in fault_of(password)


@pytest.mark.parametrize("password", ["short", "x" * 1025, "", "\uff53\uff48\uff4f\uff52\uff54"])
def test_the_length_is_bounded(password: str) -> None:
    assert "8 to 1024" in fault_of(password)


@pytest.mark.parametrize("password", ["the mill stood still", "пароль мельника", "🦀" * 64, "a" * 31 + "b" * 993])
def test_any_other_is_taken(password: str) -> None:
    assert fault_of(password) == ""


def test_it_is_not_the_user_s_own_name() -> None:
    assert "own name" in fault_of("Ada Lovelace", names=("ada@x.org", "ada lovelace"))


def test_the_list_is_long_and_shipped() -> None:
    assert len(passwords._common()) >= 3000
    assert all(len(one) >= 8 for one in passwords._common() if not one.startswith("#"))


@pytest.mark.parametrize(
    "given", ["Ada@Example.org", " ada@example.org ", "\uff41\uff44\uff41@example.org", "ADA@EXAMPLE.ORG\n"]
)
def test_an_address_has_one_form(given: str) -> None:
    assert emails.normalised(given) == "ada@example.org"


@pytest.mark.parametrize("wrong", ["", "ada", "@x", "ada@", "a b@x.org", "a@b@c", "a\x00@x.org", "x" * 250 + "@x.org"])
def test_what_is_no_address(wrong: str) -> None:
    assert not emails.is_email(wrong)
