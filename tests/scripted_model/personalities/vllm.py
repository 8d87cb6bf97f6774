"""vLLM with a DeepSeek-R1 distillation: without a reasoning parser, and with one.

Without: the thoughts stand in the content, closed by a tag that nothing opened, since the chat template has already
opened it; they come before JSON too, as from a server whose structured output is not enforced. Errors are flat, and
roles must alternate. With: they stand in `reasoning_content`, the content is null while there is none, and errors are
nested. Neither tells the tokens of the thoughts apart.
Sources: https://docs.vllm.ai/en/latest/features/reasoning_outputs.html; the lone closing tag in
https://github.com/deepseek-ai/DeepSeek-R1/issues/352, roles in https://github.com/vllm-project/vllm/issues/6862, the
flat error with its numbers in https://github.com/vllm-project/vllm/issues/20409, the nested one in
https://github.com/suitenumerique/conversations/issues/197.
"""

from collections.abc import Mapping

from tests.scripted_model.answer import Answer, usage_of
from tests.scripted_model.personalities.base import Fault, Personality, write
from tests.scripted_model.request import Request

CONTEXT_TOKENS = 16_384
THOUGHTS = "Okay, the text could be {a complaint} or praise. A label like bug? No: I answer what was asked."


def _form(fault: Fault) -> object:
    return {"object": "error", "message": fault.message, "type": fault.kind, "param": None, "code": fault.status}


def _nested(fault: Fault) -> object:
    return {"error": {"message": fault.message, "type": fault.kind, "param": fault.param, "code": fault.status}}


def _overflow(asked: int, room: int) -> Fault:
    message = (
        f"This model's maximum context length is {CONTEXT_TOKENS} tokens. However, you requested {asked + room} tokens "
        f"({asked} in the messages, {room} in the completion). Please reduce the length of the messages or completion."
    )
    return Fault(400, message, "BadRequestError", label="refused:context")


_FAULTS: Mapping[str, Fault] = {
    "context": _overflow(112_946, 10_000),
    "model": Fault(404, "The model `gone-1` does not exist.", "NotFoundError"),
    "key": Fault(401, "Unauthorized", "Unauthorized"),
    "overloaded": Fault(
        503, "EngineCore encountered an issue. See stack trace for the root cause.", "InternalServerError"
    ),
    "rate": Fault(429, "Too many requests", "TooManyRequests"),
}


def _context(request: Request) -> Fault | None:
    asked, room = request.prompt_tokens, request.room or 0
    return _overflow(asked, room) if asked + room > CONTEXT_TOKENS else None


def _roles(request: Request) -> Fault | None:
    roles = request.roles[request.roles[:1] == ["system"] :]
    if all(role == ("user", "assistant")[place % 2] for place, role in enumerate(roles)):
        return None
    message = "After the optional system message, conversation roles must alternate user/assistant/user/assistant/..."
    return Fault(400, message, "BadRequestError", label="refused:roles")


def _say(text: str, request: Request) -> Answer:
    written = write(text, request, thoughts=THOUGHTS)
    content = f"{written.thoughts}\n</think>\n\n{written.text}" if written.text else written.thoughts
    return Answer(content, written.finish, usage_of(request.prompt_tokens, written.tokens))


def _say_apart(text: str, request: Request) -> Answer:
    written = write(text, request, thought_tokens=300)
    usage = usage_of(request.prompt_tokens, written.tokens, prompt_tokens_details=None)
    said = {"reasoning_content": written.thoughts, "tool_calls": []}
    return Answer(written.text or None, written.finish, usage, said, choice={"stop_reason": None})


VLLM = Personality("vllm", checks=(_context, _roles), form=_form, say=_say, faults=_FAULTS)
VLLM_PARSER = Personality("vllm-parser", checks=(_context,), form=_nested, say=_say_apart, faults=_FAULTS)
