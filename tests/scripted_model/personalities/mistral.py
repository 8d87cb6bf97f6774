"""Mistral with a Magistral model: 422 for what it does not know, an answer in parts with the thoughts among them.

Sources: https://docs.mistral.ai/api/ (keys, roles; max_tokens alone), https://docs.mistral.ai/capabilities/reasoning/
and https://github.com/spring-projects/spring-ai/pull/5020 (content as a list with thinking parts); the 422 as quoted in
https://github.com/editor-code-assistant/eca/issues/231 and https://github.com/mistralai/platform-docs-public/issues/7,
the last role in https://github.com/continuedev/continue/issues (code 3230).
"""

from collections.abc import Mapping
from typing import Any

from tests.scripted_model.answer import Answer, usage_of
from tests.scripted_model.personalities.base import Fault, Personality, needs_bearer, unknown_keys, write
from tests.scripted_model.request import Request

_NAMES = """
    frequency_penalty max_tokens messages metadata model n parallel_tool_calls prediction presence_penalty prompt_mode
    random_seed response_format safe_prompt stop stream temperature tool_choice tools top_p
"""
_KEYS = frozenset(_NAMES.split())
_ROLES = ("system", "user", "assistant", "tool")


def _form(fault: Fault) -> object:
    """Return Mistral's flat form; a mistake in the body has the list of FastAPI in its message."""
    if fault.status == 401:
        return {"detail": fault.message}
    detail = fault.more.get("detail")
    told = fault.message if detail is None else {"detail": detail}
    return {"object": "error", "message": told, "type": fault.kind, "param": fault.param, "code": fault.code}


_KEY = Fault(401, "Unauthorized", label="refused:key")
_FAULTS: Mapping[str, Fault] = {
    "key": _KEY,
    "context": Fault(
        400,
        "Prompt contains 40969 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
        "invalid_request_invalid_args",
        "3051",
    ),
    "rate": Fault(429, "Requests rate limit exceeded", "rate_limited", "1300"),
    "capacity": Fault(429, "Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505"),
    "model": Fault(400, "Invalid model: gone-1", "invalid_model", "1500"),
    "overloaded": Fault(503, "Service unavailable.", "service_unavailable", "3000"),
}


def _detail(kind: str, place: list[Any], message: str, value: object, label: str) -> Fault:
    detail = [{"type": kind, "loc": ["body", *place], "msg": message, "input": value}]
    return Fault(422, "", more={"detail": detail}, label=label)


def _unknown(names: list[str], request: Request) -> Fault:
    forbidden = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted", "input": value}
        for name in names
        for value in [request.body[name]]
    ]
    return Fault(422, "", more={"detail": forbidden}, label=f"refused:{'+'.join(names)}")


def _conversation(request: Request) -> Fault | None:
    for place, role in enumerate(request.roles):
        if role not in _ROLES:
            message = f"Input tag '{role}' found using 'role' does not match any of the expected tags: {_ROLES}"
            return _detail("union_tag_invalid", ["messages", place], message, role, "refused:role")
    if request.roles and request.roles[-1] not in {"user", "tool"}:
        message = "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
        return Fault(400, message, "invalid_request_message_order", "3230", label="refused:last_role")
    return None


def _say(text: str, request: Request) -> Answer:
    written = write(text, request)
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": written.thoughts}], "closed": True}
    parts: list[dict[str, Any]] = [thinking]
    if written.text:
        half = len(written.text) // 2
        parts += [{"type": "text", "text": written.text[:half]}, {"type": "text", "text": written.text[half:]}]
    return Answer(parts, written.finish, usage_of(request.prompt_tokens, written.tokens), {"tool_calls": None})


MISTRAL = Personality(
    "mistral",
    checks=(needs_bearer(_KEY), unknown_keys(_KEYS, _unknown), _conversation),
    form=_form,
    say=_say,
    faults=_FAULTS,
    limited=lambda _, headers: Fault(429, "Requests rate limit exceeded", "rate_limited", "1300", headers=headers),
)
