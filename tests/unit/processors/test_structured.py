import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.llm.base import Message, ModelError
from app.processors.base import ProcessorError
from app.processors.json_answer import Fault
from app.processors.json_schema import normalize
from app.processors.structured import ask_for
from tests.unit.processors.played import PlayedContext

ROW = {"type": "object", "properties": {"a/b~c": {"type": "integer"}}, "required": ["a/b~c"]}
SCHEMA = normalize(
    {
        "type": "object",
        "properties": {
            "kind": {"enum": ["mill", "ship"]},
            "day": {"type": ["string", "null"], "format": "date"},
            "rows": {"type": "array", "items": ROW},
        },
        "required": ["kind"],
        "additionalProperties": False,
    }
)
GOOD = {"kind": "mill", "day": "2026-04-11", "rows": [{"a/b~c": 1}]}
QUESTION = [Message("user", "What is it?")]
SMALL = 8192


async def asked(context: PlayedContext, **changes: Any) -> Any:
    return await ask_for(
        context,
        QUESTION,
        SCHEMA,
        repair=lambda answer, faults: f"Not {answer}: {faults}",
        **changes,
    )


async def refused(context: PlayedContext, **changes: Any) -> ProcessorError:
    with pytest.raises(ProcessorError) as caught:
        await asked(context, **changes)
    assert caught.value.code == "invalid_output"
    assert not caught.value.retryable
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(GOOD),
        f"```json\n{json.dumps(GOOD)}\n```",
        f"Of course: {json.dumps(GOOD)} Bye.",
        str(GOOD),
        json.dumps({**GOOD, "day": "Saturday, 11th of April 2026"}),
        json.dumps(GOOD)[:-1] + ",}",
        json.dumps(GOOD).replace("mill", r"mi\u0000ll"),
    ],
)
async def test_what_can_be_read_and_fits_is_asked_for_once(answer: str) -> None:
    context = PlayedContext([answer])
    assert (await asked(context), len(context.asked)) == (GOOD, 1)


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ("", ""),
        ("no idea", ""),
        ("[1]", ""),
        ("null", ""),
        ("{}", ""),
        ("{]", ""),
        (json.dumps(GOOD)[:-1], ""),
        (json.dumps(GOOD)[:-20], ""),
        (json.dumps({"more": 1}), ""),
        (json.dumps({**GOOD, "kind": "tree"}), "/kind"),
        (json.dumps({**GOOD, "day": "2026-02-30"}), "/day"),
        (json.dumps({**GOOD, "rows": "x"}), "/rows"),
        (json.dumps({**GOOD, "rows": [{"a/b~c": 1}, {"a/b~c": "x"}]}), "/rows/1/a~1b~0c"),
        (json.dumps({**GOOD, "rows": [{}]}), "/rows/0"),
        ('{"kind": "mill", "rows": [{"a/b~c": NaN}]}', "/rows/0/a~1b~0c"),
        ('{"kind": "mill", "rows": [{"a/b~c": 1e999}]}', "/rows/0/a~1b~0c"),
        ('{"kind": "mill", "kind": "ship"}', ""),
        (f'{{"kind": {"9" * 1_000_000}}}', ""),
        (json.dumps({"kind": "x" * 2_000_000}), ""),
        ("[" * 100_000, ""),
    ],
)
async def test_what_does_not_fit_is_asked_for_once_more(answer: str, pointer: str) -> None:
    context = PlayedContext([answer, json.dumps(GOOD)])
    assert await asked(context) == GOOD
    first, second = context.asked
    assert (second.schema, second.messages[: len(QUESTION)]) == (first.schema, first.messages)
    assert [message.role for message in second.messages] == ["user", "assistant", "user"]
    assert sum(len(message.content) for message in second.messages) < 10_000
    twice = PlayedContext([answer])
    error = await refused(twice)
    assert (error.pointer, len(twice.asked), len(error.message) < 1000) == (pointer, 2, True)


async def test_the_repair_tells_every_fault_with_its_place() -> None:
    context = PlayedContext(['{"kind": 1, "rows": [{"a/b~c": "x"}]}', json.dumps(GOOD)])
    await asked(context)
    told = context.asked[1].messages[-1].content
    assert "at /kind: 1 is not one of ['mill', 'ship']" in told
    assert "at /rows/0/a~1b~0c: 'x' is not of type 'integer'" in told


async def test_the_pointer_is_of_the_last_answer() -> None:
    assert (await refused(PlayedContext(['{"kind": 1}', '{"kind": "mill", "day": 3}']))).pointer == "/day"


async def test_an_answer_that_cannot_be_shown_is_shown_cleaned() -> None:
    context = PlayedContext(["no\x00 \ud800", json.dumps(GOOD)])
    await asked(context)
    assert context.asked[1].messages[1].content == "no \ufffd"


@pytest.mark.parametrize(("context_tokens", "is_bounded"), [(SMALL, True), (128_000, False), (None, False)])
async def test_a_small_model_is_held_to_more(context_tokens: int | None, *, is_bounded: bool) -> None:
    context = PlayedContext([json.dumps(GOOD)], context_tokens=context_tokens)
    await asked(context)
    assert ("maxItems" in (context.asked[0].schema or {})["properties"]["rows"]) == is_bounded


async def test_a_schema_of_one_s_own_is_sent_as_it_is() -> None:
    context = PlayedContext([json.dumps(GOOD)])
    await asked(context, sent={"type": "object"}, max_output_tokens=7, keep=True)
    one = context.asked[0]
    assert (one.schema, one.max_output_tokens, one.keep) == ({"type": "object"}, 7, True)


async def test_a_type_may_read_the_answer_itself() -> None:
    def read(answer: str) -> Any:
        if answer == "?":
            raise Fault("a question", pointer="/kind")
        return {"kind": answer}

    assert await asked(PlayedContext(["?", "mill"]), read=read) == {"kind": "mill"}
    assert (await refused(PlayedContext(["?"]), read=read)).pointer == "/kind"


class Full(PlayedContext):
    """Its model takes the first question only."""

    kind: Any = "context_too_long"

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        if len(self.asked) == 1:
            raise ModelError(self.kind, "no")
        return await super().ask(*messages, schema=schema, max_output_tokens=max_output_tokens, keep=keep)


async def test_an_answer_too_long_to_be_shown_is_invalid() -> None:
    assert (await refused(Full(['{"kind": 1}']))).pointer == "/kind"


async def test_another_error_of_the_model_in_the_repair_passes() -> None:
    context = Full(['{"kind": 1}'])
    context.kind = "unavailable"
    with pytest.raises(ModelError):
        await asked(context)
