"""Ask a model for a value that fits a JSON Schema, and get one, or an error that says where the answer is wrong."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from app.core import strict_json
from app.llm.base import Message, ModelError
from app.processors.base import Context, ProcessorError, is_small
from app.processors.evidence import Evidence
from app.processors.in_threads import in_thread
from app.processors.json_answer import Fault
from app.processors.json_schema import faults_in
from app.processors.provider_schema import for_provider
from app.processors.wrappings import value_of

_SHOWN_ANSWER_CHARS = 4000


async def ask_for(
    context: Context,
    messages: Sequence[Message],
    schema: Mapping[str, Any],
    *,
    repair: Callable[[str, str], str],
    sent: Mapping[str, Any] | None = None,
    read: Callable[[str], Any] | None = None,
    text: str = "",
    max_output_tokens: int | None = None,
    keep: bool = False,
) -> Any:
    """Ask, and once more when the answer does not fit; return the value that fits `schema`, a JSON Schema of an object.

    `repair` makes the second question's last message from the answer and its faults, in words. `sent` is what the
    model is held to while it writes, if that is not `schema` in the provider's words. `read` takes the value out of
    the answer and may raise Fault; without it JSON is read, wrappings are taken off, and numbers, dates and names are
    made what the schema says. `text` is what the answer was taken out of: it decides what 1.249 and 03/05/2026 mean.
    A schema with `$ref` goes through `json_schema.normalize` before.

    Raises: ProcessorError (invalid_output, with a pointer into the answer); ModelError, NotAdmitted.
    """
    wanted = for_provider(schema, small=is_small(context.context_tokens)) if sent is None else sent
    answer = await context.ask(*messages, schema=wanted, max_output_tokens=max_output_tokens, keep=keep)
    judged = partial(_judged, schema=schema, read=read, evidence=Evidence(text))
    value, faults = await judged(answer)
    if not faults:
        return value
    shown = strict_json.clean(answer[:_SHOWN_ANSWER_CHARS]).strip() or "-"
    again = [*messages, Message("assistant", shown), Message("user", repair(shown, "; ".join(map(str, faults))))]
    try:
        answer = await context.ask(*again, schema=wanted, max_output_tokens=max_output_tokens, keep=keep)
    except ModelError as error:
        if error.kind != "context_too_long":  # the first question fitted: it is the answer that did not
            raise
    else:
        value, faults = await judged(answer)
    if faults:
        raise ProcessorError(
            "invalid_output", f"The model's answer cannot be used: {faults[0]}", pointer=faults[0].pointer
        )
    return value


async def _judged(
    answer: str, *, schema: Mapping[str, Any], read: Callable[[str], Any] | None, evidence: Evidence
) -> tuple[Any, list[Fault]]:
    """Return the value and what is wrong with it; in a thread, so that a long answer holds no other job up."""
    return await in_thread(_judge, answer, schema, read, evidence)


def _judge(
    answer: str, schema: Mapping[str, Any], read: Callable[[str], Any] | None, evidence: Evidence
) -> tuple[Any, list[Fault]]:
    try:
        if read is None:
            return value_of(answer, schema, evidence)
        value = read(answer)
    except Fault as fault:
        return None, [fault]
    return value, faults_in(value, schema)
