"""A cut answer is asked for again with more room, or continued, and never taken for a whole one."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.runtime.whole_answer import Progress, Room, joined, whole
from app.llm.base import Completion, Message, ModelError, NotAdmitted, Usage, WaitReason
from app.processors.base import ProcessorError

QUESTION = (Message("system", "Write."), Message("user", "A long text."))


@dataclass
class Writer:
    """A model that writes a text, as many characters of it as its room allows; `ceiling` is the most it ever writes."""

    text: str
    ceiling: int = 10_000
    repeats: int = 0
    asked: list[tuple[int, str]] = field(default_factory=list)
    costs_too_much_after: int = 99
    progress: Progress = field(default_factory=Progress)

    async def call(self, messages: tuple[Message, ...], room: int) -> Completion:
        if len(self.asked) >= self.costs_too_much_after:
            raise ProcessorError("cost_limit", "The next call may cost up to 1 USD.")
        self.asked.append((room, messages[-1].content))
        begun = len(messages[-2].content) - self.repeats if len(messages) > len(QUESTION) else 0
        rest = self.text[max(0, begun) :]
        given = rest[: min(room, self.ceiling)]
        finish = "stop" if given == rest else "length"
        return Completion(given, "one", "small", finish, Usage(1, len(given)))

    async def write(self, wanted: int, most: int, *, continues: bool = True) -> str:
        found = await whole(
            self.call,
            QUESTION,
            Room(wanted, most),
            progress=self.progress,
            sent_room=lambda given: min(given, self.ceiling),
            continues=continues,
        )
        return found.text


TEXT = " ".join(f"Sentence number {number} says something." for number in range(40))


async def test_a_whole_answer_is_one_call() -> None:
    writer = Writer("short")
    assert await writer.write(100, 4096) == "short"
    assert len(writer.asked) == 1


async def test_a_cut_answer_is_asked_for_again_with_more_room() -> None:
    writer = Writer(TEXT)
    assert await writer.write(100, 4096, continues=False) == TEXT
    assert [room for room, _ in writer.asked] == [100, 400, 1600]


@pytest.mark.parametrize("repeats", [15, 40])
async def test_where_there_is_no_more_room_it_goes_on_where_it_stopped(repeats: int) -> None:
    writer = Writer(TEXT, ceiling=500, repeats=repeats)
    assert await writer.write(4096, 4096) == TEXT
    assert len(writer.asked) == 3


async def test_json_that_is_closed_is_whole_though_white_space_was_cut() -> None:
    writer = Writer('{"n": 1}' + " \n" * 4000, ceiling=500)
    assert (await writer.write(100, 4096, continues=False)).strip() == '{"n": 1}'
    assert len(writer.asked) == 1


async def test_json_is_never_gone_on_with() -> None:
    writer = Writer(TEXT, ceiling=500)
    with pytest.raises(ModelError) as caught:
        await writer.write(4096, 4096, continues=False)
    assert (caught.value.kind, caught.value.text) == ("output_truncated", TEXT[:500])


async def test_what_never_ends_is_given_up_with_what_there_is() -> None:
    writer = Writer(" ".join(map(str, range(5000))), ceiling=500, repeats=15)
    with pytest.raises(ModelError) as caught:
        await writer.write(100, 4096)
    assert caught.value.kind == "output_truncated"
    assert len(caught.value.text) > 1400
    assert len(writer.asked) == 5


async def test_another_attempt_goes_on_where_the_first_one_had_to_end() -> None:
    writer = Writer(TEXT, ceiling=500, repeats=15)
    call = writer.call

    async def ends_early(messages: tuple[Message, ...], room: int) -> Completion:
        if len(writer.asked) == 2:
            raise NotAdmitted(WaitReason.RATE_LIMITED, "wait", delay_s=1, provider="p")
        return await call(messages, room)

    writer.call = ends_early  # type: ignore[method-assign]
    with pytest.raises(NotAdmitted):
        await writer.write(4096, 4096)
    writer.call = call  # type: ignore[method-assign]
    assert await writer.write(4096, 4096) == TEXT
    assert len(writer.asked) == 3


async def test_a_continuation_that_brings_nothing_is_the_last() -> None:
    writer = Writer(TEXT, ceiling=300, repeats=300)
    with pytest.raises(ModelError) as caught:
        await writer.write(4096, 4096)
    assert (caught.value.kind, len(writer.asked)) == ("output_truncated", 2)


async def test_what_may_cost_no_more_is_given_up_with_what_there_is() -> None:
    writer = Writer(TEXT, costs_too_much_after=1)
    with pytest.raises(ModelError) as caught:
        await writer.write(100, 4096)
    assert (caught.value.kind, caught.value.text) == ("output_truncated", TEXT[:100])
    assert "1 USD" in caught.value.message


async def test_a_first_call_that_may_cost_too_much_is_not_a_cut_answer() -> None:
    with pytest.raises(ProcessorError):
        await Writer(TEXT, costs_too_much_after=0).write(100, 4096)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "All of it.", "All of it."),
        ("The mill was built", "in 1784.", "The mill was built in 1784."),
        ("The mill was built ", "in 1784.", "The mill was built in 1784."),
        ("The mill was built in", "was built in 1784.", "The mill was built in 1784."),
        ("The mill was built in ", "\nThe mill was built in 1784.", "The mill was built in 1784."),
        ("It ends here", ". And more.", "It ends here. And more."),
    ],
)
def test_a_continuation_says_nothing_twice(before: str, after: str, expected: str) -> None:
    assert joined(before, after) == expected


@given(st.text(st.characters(categories=["Ll"]), min_size=30, max_size=80), st.integers(10, 20), st.integers(0, 10))
def test_any_overlap_is_found(text: str, cut: int, less: int) -> None:
    overlap = max(cut - less, 8)
    assert len(joined(text[:cut], text[cut - overlap if overlap <= cut else 0 :])) <= len(text)
