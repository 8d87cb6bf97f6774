"""Ollama: wants no key, ignores what it does not know, and cuts what is too long without a word.

Sources: https://docs.ollama.com/api/openai-compatibility; the 404 as quoted in
https://github.com/netease-youdao/QAnything/issues/555, a context of 4,096 whatever is asked in
https://github.com/ollama/ollama/issues/17889 and https://github.com/ollama/ollama/issues/10368. An error inside a
stream is `{"error": "text"}`: the plan word `sse:errortext`.
"""

from collections.abc import Mapping

from tests.scripted_model.answer import Answer, usage_of
from tests.scripted_model.personalities.base import Fault, Personality, write
from tests.scripted_model.request import Request

CONTEXT_TOKENS = 4096
_KIND = "api_error"


def _missing(name: str) -> Fault:
    return Fault(404, f'model "{name}" not found, try pulling it first', _KIND, label="refused:model")


_FAULTS: Mapping[str, Fault] = {
    "model": _missing("gone-1"),
    "overloaded": Fault(503, "server busy, please try again.  maximum pending requests exceeded", _KIND),
    "memory": Fault(500, "model requires more system memory (8.4 GiB) than is available (5.1 GiB)", _KIND),
    "rate": Fault(429, "too many concurrent requests", _KIND),
}


def _model(request: Request) -> Fault | None:
    return _missing(request.model) if "missing" in request.model else None


def _say(text: str, request: Request) -> Answer:
    written = write(text, request)
    asked = min(request.prompt_tokens, CONTEXT_TOKENS)
    said = {"reasoning": written.thoughts}
    return Answer(
        written.text,
        written.finish,
        usage_of(asked, written.tokens),
        said,
        document={"system_fingerprint": "fp_ollama"},
    )


OLLAMA = Personality("ollama", checks=(_model,), say=_say, faults=_FAULTS)
