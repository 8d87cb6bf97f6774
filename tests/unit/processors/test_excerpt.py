"""Of a text that is too long for one look, the beginning and samples are looked at."""

import pytest

from app.processors.base import ProcessorError
from app.processors.classify import ClassifyInput, run
from app.processors.excerpt import excerpt
from tests.unit.processors.played import PlayedContext

LONG = "\n\n".join(f"Paragraph {number} is about the mill and the river." for number in range(20_000))


def test_what_fits_stays_whole() -> None:
    assert excerpt(LONG, max_bytes=len(LONG)) is LONG


@pytest.mark.parametrize("text", [LONG, "水は流れる。" * 50_000, "x" * 300_000, "a\n" + "\n" * 100_000 + "b"])
@pytest.mark.parametrize("max_bytes", [500, 20_000])
def test_an_excerpt_is_no_longer_than_it_may_be(text: str, max_bytes: int) -> None:
    assert 0 < len(excerpt(text, max_bytes=max_bytes).encode()) <= max_bytes


def test_an_excerpt_has_the_beginning_and_comes_near_the_end() -> None:
    parts = excerpt(LONG, max_bytes=20_000).split("\n[…]\n")
    assert len(parts) == 9
    assert parts[0].startswith("Paragraph 0 is about")
    assert len(parts[0]) > 4000
    numbers = [int(part.split()[1]) for part in parts]
    assert numbers[-1] > 17_000


async def test_a_long_text_is_classified_by_an_excerpt_and_that_is_said() -> None:
    context = PlayedContext(["bug"], context_tokens=8192)
    result = await run(ClassifyInput(text=LONG[:900_000], categories=["bug", "praise"]), context)
    assert result.category == "bug"
    assert result.source is not None
    assert result.source.notes[0].startswith("classified by its beginning and 8 samples, ")
    needed = sum(len(message.content.encode()) / 3 for message in context.asked[0].messages)
    assert needed + 100 <= 8192


async def test_a_text_that_fits_is_classified_as_a_whole() -> None:
    result = await run(ClassifyInput(text="It broke.", categories=["bug", "praise"]), PlayedContext(["bug"]))
    assert result.source is None


async def test_a_context_without_room_for_a_text_is_said() -> None:
    with pytest.raises(ProcessorError, match="the model's context holds 300") as caught:
        await run(ClassifyInput(text="It broke."), PlayedContext(["bug"], context_tokens=300))
    assert caught.value.code == "context_too_long"
