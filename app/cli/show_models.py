"""How the command line shows single models: what refusals taught about one, and what a check found."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.cli.show import clipped, counted, printable
from app.core.clock import utc_now

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
MARKS: Mapping[bool | None, str] = {True: "yes", False: "no", None: "?"}


def learned(model: Mapping[str, Any]) -> list[str]:
    """Return a line for each sentence of the provider that taught something about a model, with what it taught."""
    taught: dict[str, list[Mapping[str, Any]]] = {}
    for one in model.get("learned") or ():
        taught.setdefault(one["reason"], []).append(one)
    return [f"{model['name']}: {_lesson(lessons)}" for lessons in taught.values()]


def _lesson(lessons: list[Mapping[str, Any]]) -> str:
    values = ", ".join(f"{one['parameter']}={_value(one['value'])}" for one in lessons)
    return f"{values} (learned {_ago(lessons[0]['learned_at'])}: '{clipped(lessons[0]['reason'])}')"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _ago(at: str) -> str:
    age_s = max(0.0, (utc_now() - datetime.fromisoformat(at)).total_seconds())
    for unit, span_s in (("d", DAY_S), ("h", HOUR_S), ("min", MINUTE_S)):
        if age_s >= span_s:
            return f"{age_s // span_s:.0f} {unit} ago"
    return "just now"


def check(answer: Mapping[str, Any]) -> str:
    """Return what a check found, a line each, and the entry for providers.toml."""
    findings = answer["findings"]
    width = max((len(one["name"]) for one in findings), default=0)
    lines = [f"{MARKS[one['can']]:<4} {one['name']:<{width}}  {_sentence(one['detail'])}" for one in findings]
    last = ["# for providers.toml", answer["toml"].rstrip()] if answer["toml"] else []
    head = f"{answer['model']} of {answer['provider']}, {counted(answer['calls'], 'call')}"
    return "\n".join([head, "", *lines, *([""] if last else []), *last])


def _sentence(text: str) -> str:
    said = " ".join(printable(text).split())
    return said[:1].upper() + said[1:]
