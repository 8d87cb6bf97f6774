"""What a process remembers of addresses, and when it tells the others."""

import pytest

from app.auth.known_addresses import SHARE_AGAIN_S, KnownAddresses
from tests.unit.auth.conftest import Clock


@pytest.fixture
def known(clock: Clock) -> KnownAddresses:
    return KnownAddresses("key", 3, clock)


def test_an_address_is_told_once_and_again_after_a_while(known: KnownAddresses, clock: Clock) -> None:
    for _ in range(3):
        known.add("a")
    assert known.unshared() == ["a"]
    known.mark_shared(["a"])
    clock.now_s += SHARE_AGAIN_S - 1
    known.add("a")
    assert known.unshared() == []
    clock.now_s += 1
    known.add("a")
    assert known.unshared() == ["a"]


def test_what_others_told_is_known_and_not_told_back(known: KnownAddresses) -> None:
    known.learn("a")
    known.add("a")
    assert "a" in known
    assert known.unshared() == []


def test_those_used_last_are_kept(known: KnownAddresses, clock: Clock) -> None:
    for name in ("a", "b", "c"):
        known.add(name)
    clock.now_s += SHARE_AGAIN_S
    known.add("a")
    known.add("d")
    assert [name in known for name in ("a", "b", "c", "d")] == [True, False, True, True]
    assert set(known.unshared()) == {"a", "c", "d"}
    assert len(known) == 3


def test_a_key_names_nothing(known: KnownAddresses, clock: Clock) -> None:
    keys = {KnownAddresses(key, 3, clock).redis_key("203.0.113.7") for key in ("key", "another", "")}
    assert len(keys) == 3
    assert known.redis_key("203.0.113.7") in keys
    assert not [key for key in keys if "." in key]
