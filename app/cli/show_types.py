"""How the command line shows job types: what each is for, the fields of its input, and a call that works."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from app.cli.application import PROGRAM
from app.cli.show import table


def many(items: Iterable[Mapping[str, Any]]) -> str:
    """Return a table of job types."""
    return table(({**one, "type": one["name"]} for one in items), ("type", "title", "description"))


def one(item: Mapping[str, Any]) -> str:
    """Return a job type with the fields of its input."""
    schema = item["input_schema"]
    required = set(schema.get("required", ()))
    rows = [
        {"field": name, "must": "yes" if name in required else "", "type": _kind(field), "what": _what(field)}
        for name, field in schema.get("properties", {}).items()
    ]
    example = shlex.quote(json.dumps(item["example"], ensure_ascii=False))
    return "\n".join(
        [
            f"{item['name']}: {item['description']}",
            "",
            table(rows, ("field", "must", "type", "what")),
            "",
            "Each may be given by its own option, if it has one, else by --set FIELD=VALUE; or all of them at once:",
            f"  {PROGRAM} submit {item['name']} --wait --input {example}",
        ]
    )


def _kind(field: Mapping[str, Any]) -> str:
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    return " or ".join(
        "/".join(map(str, one["enum"])) if "enum" in one else str(one.get("type", "?")) for one in choices
    )


def _what(field: Mapping[str, Any]) -> str:
    return str(field.get("description") or field.get("title") or "")
