"""LiteLLM's proxy in front of an o-series model at its limit: the errors of another, wrapped, with codes as strings.

Sources: https://docs.litellm.ai/docs/exception_mapping, https://docs.litellm.ai/docs/proxy/response_headers
(`x-litellm-*`, and `llm_provider-*` for what the provider itself sent), wrapped messages as quoted in
https://github.com/BerriAI/litellm/issues/37599, and what release 1.108.7 sent when it stood in front of this server;
older ones left `param` empty, as is played here.
"""

from collections.abc import Mapping
from dataclasses import replace

from tests.scripted_model.answer import Answer
from tests.scripted_model.limits import Refusal, Rule
from tests.scripted_model.personalities import openai_o
from tests.scripted_model.personalities.base import OPENAI_FAULTS, Check, Fault, Personality, needs_bearer
from tests.scripted_model.request import Request

_NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    429: "RateLimitError",
    503: "ServiceUnavailableError",
}
_KINDS = {401: "authentication_error", 429: "throttling_error", 503: "internal_server_error"}
_HEADERS = {
    "x-litellm-call-id": "7b5b3a1e-0000-4000-8000-000000000000",
    "x-litellm-version": "1.108.0",
    "x-litellm-model-id": "scripted",
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0",
}


def _wrapped(fault: Fault, *, names: str = "") -> Fault:
    """Return what the proxy makes of its provider's error: one message, no param, the provider's waits renamed."""
    name = _NAMES.get(fault.status, "APIError")
    inner = names or ("OpenAIException" if fault.status == 400 else f"{name}: OpenAIException")
    message = (
        f"litellm.{name}: {inner} - {fault.message}\n\n"
        "LiteLLM: model group 'scripted' failed with the error above. No fallback was attempted."
    )
    headers = {f"llm_provider-{name}": value for name, value in fault.headers.items()}
    kind = _KINDS.get(fault.status, fault.kind)
    return replace(
        fault, message=message, kind=kind, param=None, code=str(fault.status), headers={**_HEADERS, **headers}, more={}
    )


_KEY = Fault(
    401,
    "Authentication Error, Invalid proxy server token passed. Received API Key = sk-...rong, Key Hash = 0",
    "token_not_found_in_db",
    "401",
    "key",
    label="refused:key",
)
_FAULTS: Mapping[str, Fault] = {
    **{kind: _wrapped(fault) for kind, fault in OPENAI_FAULTS.items()},
    "key": _KEY,
    "context": _wrapped(
        OPENAI_FAULTS["context"], names="ContextWindowExceededError: litellm.BadRequestError: OpenAIException"
    ),
    "content": _wrapped(
        OPENAI_FAULTS["content"],
        names="litellm.ContentPolicyViolationError: ContentPolicyViolationError: OpenAIException",
    ),
    "model": Fault(
        400,
        "/chat/completions: Invalid model name passed in model=gone-1. Call `/v1/models` to view available models for "
        "your key.",
        code="400",
    ),
    "closed": Fault(
        429,
        "No deployments available for selected model, Try again in 2 seconds. All deployments for selected model are "
        "in cooldown. Passed model=scripted. pre-call-checks=False, cooldown_list=['d1aaeb77']",
        "all_deployments_in_cooldown",
        "429",
        headers={**_HEADERS, "retry-after": "2"},
    ),
}


def _through(check: Check) -> Check:
    def asked(request: Request) -> Fault | None:
        fault = check(request)
        return None if fault is None else _wrapped(fault)

    return asked


def _limited(refusal: Refusal, _: Mapping[str, str]) -> Fault:
    wait_s = max(1, round(refusal.wait_s + 0.5))
    return _wrapped(
        Fault(429, f"Rate limit reached on {refusal.kind}", "requests", headers={"retry-after": str(wait_s)})
    )


def _say(text: str, request: Request) -> Answer:
    headers = {**_HEADERS, "x-litellm-response-cost": "1.2e-05", "llm_provider-x-request-id": "req_scripted"}
    return replace(openai_o.say(text, request), headers=headers)


LITELLM = Personality(
    "litellm",
    checks=(needs_bearer(_KEY), *map(_through, openai_o.PARAMETERS)),
    say=_say,
    limited=_limited,
    faults=_FAULTS,
    limit=Rule(requests=40, interval_s=2, mode="window", headers=False),
)
