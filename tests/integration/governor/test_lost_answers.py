"""An answer of Redis that is lost, a reading of PostgreSQL that comes late: nothing is leaked, nothing forgotten."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from app.governor import repository
from app.governor.call_series import CallSeries
from app.governor.dialect_store import DialectStore
from app.governor.limited_model import LimitedModel, Terms
from app.governor.limiter.admission import Admission
from app.governor.limiter.call_request import CallRequest
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Scripts, Target, Verdict
from app.llm.base import Ask, Limits, Message, ModelError, NotAdmitted
from tests.integration.governor.chain_kit import PlayedModel
from tests.integration.governor.clock import played

TARGET, NO_QUOTA = Target("p", "m"), Quota()


class Unheard(Scripts):
    """Scripts whose answers to a first admission are lost on the way, after all was done."""

    async def admit(self, *args: Any, **kwargs: Any) -> Verdict:
        await super().admit(*args, **kwargs)
        raise TimeoutError


async def test_a_place_that_was_given_unheard_is_given_back_where_the_call_is_not_made(
    redis: Redis, settings: Settings
) -> None:
    scripts = Unheard(redis, rules_of(settings))
    admission = Admission(
        scripts, workers=lambda: 1, is_closed=lambda _: True, on_transition=lambda _: None, random=Random(1)
    )
    with pytest.raises(NotAdmitted):
        await admission.admit(CallRequest(TARGET, 1, 1, places=1), NO_QUOTA)
    assert (await scripts.peek(TARGET, NO_QUOTA, horizon_s=1, places=1)).flying == 0


@pytest.mark.parametrize("learned", [{"temperature": False}, {}], ids=["a lesson", "an acceptance"])
async def test_a_reading_that_is_older_than_a_lesson_does_not_undo_it(
    learned: dict[str, Any], database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, find = DialectStore(database, redis), repository.find_learned

    async def late(source: Database) -> Sequence[Any]:
        monkeypatch.setattr(repository, "find_learned", find)
        rows = await find(source)
        if learned:
            await known.note(TARGET, learned, "no")
        else:
            async with known.pilot(TARGET, "text"):
                pass
        return rows

    monkeypatch.setattr(repository, "find_learned", late)
    await known.refresh()
    assert known.learned(TARGET) == learned
    assert ("text" in known._known[TARGET].accepted) is not bool(learned)


async def test_a_wish_beyond_the_bound_is_told_as_such(redis: Redis) -> None:
    clock = await played(redis)
    error = ModelError("rate_limited", "Later.", retry_after_s=5000)
    admission = Admission(
        clock.scripts, workers=lambda: 1, is_closed=lambda _: False, on_transition=lambda _: None, random=Random(1)
    )
    terms = Terms(Quota, 10.0, lambda _: None, wait_max_s=900.0)
    model = LimitedModel(PlayedModel("m", [error], provider="p"), TARGET, admission, terms)
    with pytest.raises(ModelError) as caught:
        await model.ask(CallSeries(Ask((Message("user", "hello"),), Limits(10, 10.0))), waits=True)
    assert caught.value.retry_after_s == 900
    assert (await clock.scripts.peek(TARGET, NO_QUOTA, horizon_s=1)).retry_reason == "capped"
