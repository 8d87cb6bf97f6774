"""How one model wants to be asked, and what it can do: data, made of defaults, presets, lessons and the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

StructuredOutput = Literal["auto", "json_schema", "json_object", "prompt"]
MaxTokensParam = Literal["max_tokens", "max_completion_tokens", "none"]
Thinking = Literal["strip", "keep"]
SystemRole = Literal["system", "developer", "user"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is sent to a model, and how its answers are read.

    `structured_output`: how a schema goes along; auto begins with json_schema and goes down as refusals teach.
    `strict_schema`: OpenAI's strict mode may be asked for. `max_tokens_param`: under which name the answer's length is
    bounded. `temperature`: true sends what each job type wants, false nothing, a number itself.
    `max_output_tokens`: the most that one answer may have, thinking included; None: not known.
    `thinking_tokens`: how much room the thinking before an answer needs, learned from usage.
    `thinking`: thoughts are taken off the answer, and with keep stored with the attempt.
    `system_role`: who says the instructions; user puts them before the first question.
    `stream`: answers are read in pieces; `stream_usage`: the pieces' usage is asked for (`stream_options`).
    `dropped`: names of the body that this server refuses and that nothing else here stands for.
    `dropped_keywords`: words of JSON Schema that it refuses; the answer is checked for them all the same.
    `extra_body`, `query`, `headers` go along with each call as they are.
    """

    structured_output: StructuredOutput = "auto"
    strict_schema: bool = True
    max_tokens_param: MaxTokensParam = "max_tokens"
    temperature: bool | float = True
    reasoning_effort: str | None = None
    max_output_tokens: int | None = None
    thinking_tokens: int = 0
    context_tokens: int | None = None
    thinking: Thinking = "strip"
    system_role: SystemRole = "system"
    stream: bool = False
    stream_usage: bool = True
    dropped: tuple[str, ...] = ()
    dropped_keywords: tuple[str, ...] = ()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


PARAMETERS = frozenset(one.name for one in fields(Dialect))
LISTS = frozenset({"dropped", "dropped_keywords"})
_MAPS = ("extra_body", "query", "headers")


def merged(layers: Iterable[Mapping[str, Any]]) -> Dialect:
    """Return the dialect of some layers, the later one before the earlier; unknown names are ignored.

    Mappings (`extra_body`, `query`, `headers`) are joined name by name, and so are lists.
    """
    found = Dialect()
    for layer in layers:
        known = {name: value for name, value in layer.items() if name in PARAMETERS}
        if known.get("structured_output") == "auto":  # says nothing that another layer may not know better
            del known["structured_output"]
        joined: dict[str, Any] = {name: {**getattr(found, name), **known[name]} for name in _MAPS if name in known}
        for name in LISTS & known.keys():
            joined[name] = tuple(dict.fromkeys((*getattr(found, name), *known[name])))
        found = replace(found, **{**known, **joined})
    return found
