"""How long an address waits that guesses credentials."""

import pytest

from app.auth import guesses
from app.auth.guesses import FREE, FREE_OF_SITE, LONGEST_KNOWN_S, LONGEST_S, Guesses, Kind, TooManyGuessesError
from app.auth.guesses import scopes_of as of
from tests.unit.auth.conftest import Clock

HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def known(clock: Clock) -> Guesses:
    return Guesses("key", clock=clock)


def guess(known: Guesses, number: int, host: str = HERE) -> None:
    for scope in of(host):
        known.count(scope, known.digest(f"guess {number}", Kind.TOKEN))


def wait_s(known: Guesses, host: str = HERE) -> int:
    """Return the Retry-After of a request of an address, 0 when it is looked at."""
    try:
        known.check(host, Kind.TOKEN)
    except TooManyGuessesError as error:
        return int(error.headers["Retry-After"])
    return 0


def test_some_are_free_and_then_each_costs_twice_the_wait_of_the_one_before(known: Guesses, clock: Clock) -> None:
    waits = []
    for number in range(FREE + 12):
        guess(known, number)
        waits.append(wait_s(known))
        clock.now_s += waits[-1]
        assert wait_s(known) == 0
    doubled = [min(2**power, int(LONGEST_S)) for power in range(13)]
    assert waits == [0] * (FREE - 1) + doubled
    assert wait_s(known, THERE) == 0, "the others have nothing to do with it"


def test_the_same_wrong_token_again_is_no_guess(known: Guesses) -> None:
    for _ in range(100):
        guess(known, 1)
    assert wait_s(known) == 0


def test_where_the_right_token_came_from_the_wait_is_short(known: Guesses, clock: Clock) -> None:
    known.know(HERE)
    for number in range(FREE + 12):
        guess(known, number)
        clock.now_s += wait_s(known)
    guess(known, 100)
    assert wait_s(known) == LONGEST_KNOWN_S
    for _ in range(int(LONGEST_KNOWN_S)):  # another process says each second that this address waits for long
        clock.now_s += 1
        known.block(HERE, LONGEST_S - (clock.now_s - 1000))
    assert wait_s(known) == 0


def test_after_an_hour_without_a_guess_it_begins_anew(known: Guesses, clock: Clock) -> None:
    for number in range(FREE):
        guess(known, number)
    clock.now_s += guesses.KEPT_S + 1
    guess(known, 100)
    assert wait_s(known) == 0


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("203.0.113.7", ["203.0.113.7"]),
        ("::ffff:203.0.113.7", ["203.0.113.7"]),
        ("2001:db8:1:2:3::4", ["2001:db8:1:2::/64", "2001:db8:1::/48"]),
        ("", ["unknown"]),
        ("testclient", ["unknown"]),
    ],
)
def test_an_ipv6_customer_counts_as_one(host: str, names: list[str]) -> None:
    assert [scope.name for scope in of(host)] == names


def test_a_fresh_ipv6_address_or_network_for_each_guess_does_not_help(known: Guesses) -> None:
    for number in range(FREE):
        guess(known, number, f"2001:db8:1:2::{number:x}")
    assert wait_s(known, "2001:db8:1:2:ffff::1") == 1
    assert wait_s(known, "2001:db8:1:3::1") == 0
    for number in range(FREE, FREE_OF_SITE):
        guess(known, number, f"2001:db8:1:{number + 100:x}::1")
    assert wait_s(known, "2001:db8:1:ffff::1") == 1
    assert wait_s(known, "2001:db8:2::1") == 0


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "MOST_ADDRESSES", 10)
    known = Guesses("key", clock=clock)
    for number in range(200):
        guess(known, number, f"198.51.100.{number}")
        guess(known, number)
        known.know(f"198.51.100.{number}")
    assert len(known._entries) == len(known.known) == 10
    assert len(known._entries[HERE].seen) == guesses.MOST_KEPT


def test_a_digest_is_worth_nothing_elsewhere(known: Guesses) -> None:
    one = known.digest("token", Kind.TOKEN)
    assert one == known.digest("token", Kind.TOKEN) != Guesses("other").digest("token", Kind.TOKEN)
    assert b"token" not in one
    assert len(known.digest("\ud800" * 100_000, Kind.TOKEN)) == 12
