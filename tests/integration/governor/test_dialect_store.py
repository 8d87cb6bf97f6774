"""What refusals teach is known to all processes, survives them, ends some day, and costs few calls."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.redis import connect
from app.governor import dialect_store, repository
from app.governor.dialect_store import DialectStore
from app.governor.limiter.scripts import Target
from app.llm.base import ModelError, NotAdmitted

TARGET = Target("played", "small-1")
WANTED = {"max_tokens_param": "max_completion_tokens", "temperature": False}


class Strict:
    """A provider that refuses what it does not like, and counts."""

    def __init__(self, wanted: Mapping[str, Any], *, answer_s: float = 0.0) -> None:
        self.wanted = wanted
        self.answer_s = answer_s
        self.refused = self.answered = 0

    async def ask(self, known: DialectStore) -> None:
        """Ask as a governed model does: learn from a refusal and ask again, all of it behind the gate."""
        async with known.pilot(TARGET, "text"):
            for _ in range(5):
                missing = {name: one for name, one in self.wanted.items() if known.learned(TARGET).get(name) != one}
                await asyncio.sleep(0.01)
                if not missing:
                    await asyncio.sleep(self.answer_s)
                    self.answered += 1
                    return
                self.refused += 1
                name = next(iter(missing))
                await known.note(TARGET, {name: missing[name]}, f"no {name}")


async def test_many_processes_that_begin_together_find_out_once(database: Database, redis: Redis) -> None:
    provider = Strict(WANTED)
    processes = [DialectStore(database, redis) for _ in range(3)]
    await asyncio.gather(*(provider.ask(one) for one in processes for _ in range(20)))
    assert (provider.refused, provider.answered) == (2, 60)
    late = DialectStore(database, redis)
    await asyncio.gather(*(provider.ask(late) for _ in range(20)))
    assert provider.refused == 2
    assert late.learned(TARGET) == WANTED


async def test_who_waits_for_a_slow_answer_goes_with_what_was_learned(
    database: Database, redis: Redis, monkeypatch: Any
) -> None:
    monkeypatch.setattr(dialect_store, "PRESUMED_S", 1.0)
    provider = Strict(WANTED, answer_s=2.5)
    processes = [DialectStore(database, redis) for _ in range(3)]
    await asyncio.gather(*(provider.ask(one) for one in processes for _ in range(5)))
    assert (provider.refused, provider.answered) == (2, 15)


async def test_who_waited_long_enough_in_a_slot_waits_outside_of_it(
    database: Database, redis: Redis, monkeypatch: Any
) -> None:
    monkeypatch.setattr(dialect_store, "SLOT_WAIT_S", 0.3)
    known, other = DialectStore(database, redis), DialectStore(database, redis)
    async with known.pilot(TARGET, "text"):
        for process in (known, other):
            with pytest.raises(NotAdmitted) as caught:
                async with process.pilot(TARGET, "schema"):
                    pass
            assert caught.value.kind == "model_busy"
    async with other.pilot(TARGET, "schema"):
        pass


async def test_a_pilot_that_fails_leaves_the_gate_to_the_next(database: Database, redis: Redis) -> None:
    known = DialectStore(database, redis)
    try:
        async with known.pilot(TARGET, "text"):
            raise ModelError("unavailable", "away")  # noqa: TRY301 - as a call does
    except ModelError:
        pass
    assert not await redis.keys("*dialect*")
    provider = Strict(WANTED)
    await asyncio.gather(*(provider.ask(known) for _ in range(10)))
    assert provider.refused == 2


@pytest.mark.parametrize(("kind", "is_taken"), [("timeout", True), ("output_truncated", True), ("unavailable", False)])
async def test_a_question_that_was_taken_without_an_answer_opens_the_gate(
    database: Database, redis: Redis, kind: Any, is_taken: bool
) -> None:
    known = DialectStore(database, redis)
    with pytest.raises(ModelError):
        async with known.pilot(TARGET, "text"):
            raise ModelError(kind, "no")
    assert ("accepts:text" in {row.parameter for row in await repository.find_learned(database)}) is is_taken


async def test_each_form_of_question_has_its_own_first_call(database: Database, redis: Redis) -> None:
    known = DialectStore(database, redis)
    async with known.pilot(TARGET, "text"):
        pass
    await known.refresh()
    rows = {row.parameter for row in await repository.find_learned(database)}
    assert rows == {"accepts:text"}
    assert known.learned(TARGET) == {}


async def test_a_lesson_ends_and_can_be_forgotten(database: Database, redis: Redis) -> None:
    known = DialectStore(database, redis)
    await known.note(TARGET, {"temperature": False}, "no")
    await database.rows(text("UPDATE learned_parameters SET expires_at = now() - interval '1 second'"))
    await known.refresh()
    assert known.learned(TARGET) == {}
    await repository.prune(database)
    assert (await database.rows(text("SELECT count(*) FROM learned_parameters")))[0][0] == 0
    await known.note(TARGET, {"temperature": False}, "no")
    async with database.begin() as connection:
        await repository.forget(connection, TARGET.provider, [TARGET.model])
    await known.refresh()
    assert known.learned(TARGET) == {}


async def test_lessons_add_up(database: Database, redis: Redis) -> None:
    known, other = DialectStore(database, redis), DialectStore(database, redis)
    await known.note(TARGET, {"dropped": ["a"], "thinking_tokens": 1024}, "one")
    await known.note(
        TARGET, {"dropped": ["b"], "thinking_tokens": 512, "max_tokens_param": "max_completion_tokens"}, "2"
    )
    await known.note(TARGET, {"max_tokens_param": "max_tokens"}, "both are refused")
    await other.refresh()
    expected = {"dropped": ["a", "b"], "thinking_tokens": 1024, "max_tokens_param": "none"}
    assert other.learned(TARGET) == known.learned(TARGET) == expected


async def test_without_redis_and_postgresql_a_process_learns_for_itself(database: Database, redis: Redis) -> None:
    away = connect("redis://127.0.0.1:1/0")
    nowhere = Database("postgresql+asyncpg://nobody:x@127.0.0.1:1/none_test", application_name="tests")
    known = DialectStore(nowhere, away)
    provider = Strict(WANTED)
    await provider.ask(known)
    assert (provider.refused, provider.answered) == (2, 1)
    await known._try_refresh()
    assert known.learned(TARGET) == WANTED
    await away.aclose()
    await nowhere.close()
