"""Ask a model for a value that fits a JSON Schema, and get one, or an error that says what is wrong with the answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.llm.base import Message
from app.processors import answers
from app.processors.base import Context, ProcessorError
from app.processors.json_schema import fault_in, for_provider

_SHOWN_ANSWER_CHARS = 4000


async def ask_for(
    context: Context,
    messages: Sequence[Message],
    schema: Mapping[str, Any],
    *,
    repair: Callable[[str, str], str],
    max_output_tokens: int | None = None,
    keep: bool = False,
) -> Any:
    """Ask, and once more when the answer does not fit; return the value that fits `schema`.

    `repair` makes the second question's last message from the answer and its fault. Raises: ProcessorError
    (invalid_output), ModelError, NotAdmitted.
    """
    sent = for_provider(schema)
    answer = await context.ask(*messages, schema=sent, max_output_tokens=max_output_tokens, keep=keep)
    value, fault = _judge(answer, schema)
    if fault:
        shown = answer[:_SHOWN_ANSWER_CHARS].strip() or "-"
        again = [*messages, Message("assistant", shown), Message("user", repair(shown, fault))]
        answer = await context.ask(*again, schema=sent, max_output_tokens=max_output_tokens, keep=keep)
        value, fault = _judge(answer, schema)
    if fault:
        raise ProcessorError("invalid_output", f"The model's answer cannot be used: {fault}")
    return value


def _judge(answer: str, schema: Mapping[str, Any]) -> tuple[Any, str | None]:
    try:
        value = answers.loads(answer)
    except ValueError as error:
        return None, str(error)
    return value, fault_in(value, schema)
