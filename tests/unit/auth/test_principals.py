"""Whom a process remembers, for how long, and when it does not use what it remembers."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.auth import principals
from app.auth.caller import RIGHTS, Right, Role
from app.auth.principals import KEPT_S, PROOF_S, REFUSED_S, Holder, Principal, Principals, digest_of, of_key, of_user
from tests.unit.auth.conftest import Clock

ADA = Holder(uuid4(), "ada", Role.MEMBER, 0, ())
KEY = digest_of("key")


class Source:
    """Looks up one principal, and counts how often."""

    def __init__(self, principal: Principal | None) -> None:
        self.principal = principal
        self.asked = 0

    async def __call__(self) -> Principal | None:
        self.asked += 1
        return self.principal


@pytest.fixture
def source() -> Source:
    return Source(of_user(ADA))


@pytest.fixture
def known(clock: Clock) -> Principals:
    known = Principals(clock)
    known.prove(clock())
    return known


async def test_somebody_is_looked_up_once_in_five_seconds(known: Principals, clock: Clock, source: Source) -> None:
    for _ in range(3):
        assert await known.find(KEY, source) == source.principal
    assert source.asked == 1
    clock.now_s += KEPT_S + 0.1
    known.prove(clock())
    await known.find(KEY, source)
    assert source.asked == 2


async def test_without_a_line_that_was_just_proven_everybody_is_looked_up(
    known: Principals, clock: Clock, source: Source
) -> None:
    await known.find(KEY, source)
    clock.now_s += PROOF_S + 0.1
    await known.find(KEY, source)
    assert source.asked == 2
    known.prove(clock())
    await known.find(KEY, source)
    assert source.asked == 2
    known.doubt()
    await known.find(KEY, source)
    assert source.asked == 3


async def test_who_was_looked_up_before_the_line_was_there_is_forgotten_with_it(clock: Clock, source: Source) -> None:
    known = Principals(clock)
    await known.find(KEY, source)
    assert known.is_wanted
    known.prove(clock())  # what was revoked in between has been heard by nobody
    await known.find(KEY, source)
    assert source.asked == 2


async def test_the_revoked_is_forgotten_and_nobody_else(known: Principals, source: Source) -> None:
    other = Source(of_user(replace(ADA, id=uuid4())))
    await known.find(KEY, source)
    await known.find(digest_of("other"), other)
    known.drop(ADA.id)
    source.principal = None
    assert await known.find(KEY, source) is None
    await known.find(digest_of("other"), other)
    assert other.asked == 1


async def test_a_look_up_that_began_before_a_revocation_is_not_kept(known: Principals) -> None:
    found = of_user(ADA)

    async def slow() -> Principal:
        known.drop(ADA.id)  # while PostgreSQL answers
        return found

    await known.find(KEY, slow)
    after = Source(None)
    assert await known.find(KEY, after) is None


async def test_what_opens_nothing_is_looked_up_once_a_second(known: Principals, clock: Clock) -> None:
    nobody = Source(None)
    for _ in range(5):
        assert await known.find(KEY, nobody) is None
    assert nobody.asked == 1
    assert not known.is_wanted
    clock.now_s += REFUSED_S
    assert await known.find(KEY, nobody) is None
    assert nobody.asked == 2


@pytest.mark.parametrize("tell", [lambda known: known.drop(uuid4()), lambda known: known.doubt()])
async def test_what_was_refused_is_looked_up_at_once_when_something_has_changed(
    known: Principals, source: Source, tell: Callable[[Principals], None]
) -> None:
    assert await known.find(KEY, Source(None)) is None
    assert await known.find(KEY, source) is None
    tell(known)
    assert await known.find(KEY, source) == source.principal


async def test_a_refusal_that_was_read_before_a_change_is_not_remembered(known: Principals, source: Source) -> None:
    async def slow() -> Principal | None:
        known.drop(ADA.id)  # while PostgreSQL answers
        return None

    assert await known.find(KEY, slow) is None
    assert await known.find(KEY, source) == source.principal


async def test_what_is_remembered_is_bounded(
    known: Principals, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principals, "MOST_KEPT", 10)
    for number in range(50):
        await known.find(digest_of(str(number)), source)
        await known.find(digest_of(f"refused {number}"), Source(None))
    assert len(known._found) == len(known._refused_at_s) == 10


TEAM, OTHER = uuid4(), uuid4()


def key(role: Role, *scopes: Right, team: UUID = TEAM) -> Principal | None:
    holder = replace(ADA, role=role, teams=(ADA.id, TEAM))
    return of_key(holder, key_id="id", team_id=team, scopes=scopes, models=["m"], job_types=None)


def test_a_key_can_what_both_it_and_its_user_may() -> None:
    made = key(Role.VIEWER, Right.JOBS_READ, Right.JOBS_WRITE, Right.ADMIN)
    assert made is not None
    assert made.caller.rights == {Right.JOBS_READ}
    assert (made.caller.owner_id, made.caller.sees, made.caller.key_id) == (TEAM, TEAM, "id")
    assert made.caller.models == frozenset({"m"})
    assert made.caller.job_types is None


def test_a_key_of_somebody_who_left_the_team_opens_nothing() -> None:
    assert key(Role.MEMBER, Right.JOBS_READ, team=OTHER) is None
    assert key(Role.OPERATOR, Right.JOBS_READ, team=OTHER) is not None


def test_a_key_sees_other_teams_only_by_a_right_to_operate() -> None:
    narrow, wide = key(Role.ADMIN, *RIGHTS[Role.MEMBER]), key(Role.ADMIN, Right.JOBS_READ, Right.OPERATE)
    assert narrow is not None
    assert wide is not None
    assert (narrow.caller.sees, wide.caller.sees) == (TEAM, None)


def test_a_named_team_is_the_only_one_that_is_seen() -> None:
    named = of_user(replace(ADA, role=Role.ADMIN)).of_team(OTHER)
    assert (named.owner_id, named.sees) == (OTHER, OTHER)


def test_a_session_acts_for_the_team_that_it_keeps_as_long_as_its_user_may() -> None:
    ada = of_user(replace(ADA, teams=(ADA.id, TEAM)))
    root = of_user(replace(ADA, role=Role.OPERATOR, teams=(ADA.id,)))
    assert [ada.choosing(one).chosen for one in (TEAM, OTHER, ADA.id)] == [TEAM, None, None]
    assert [root.choosing(one).chosen for one in (TEAM, ADA.id)] == [TEAM, None]
