# ruff: noqa: INP001
"""Renders what docs/configuration.md says of each setting.

What a setting means is written once, in `.env.example`; what it is without a value and what it takes, once in
`Settings`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from app.core import words
from app.core.settings import Settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"
_SECTION = re.compile(r"# --- (.+?) -+")
_SETTING = re.compile(r"#?([A-Z][A-Z0-9_]*)=(.*)")
_ANY = "a text"  # what `words` says where a form of its own is judged


@dataclass(slots=True)
class Group:
    """Settings in a row under one comment, with their values in the example."""

    section: str
    intro: str  # of the section, with its first group
    meaning: str
    values: dict[str, str] = field(default_factory=dict)


def read_example() -> list[Group]:
    """Return the groups of `.env.example`, in its order."""
    groups: list[Group] = []
    section, intro, comment = "", "", list[str]()
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if found := _SECTION.fullmatch(line):
            section, intro, comment = found[1], "", []
        elif found := _SETTING.fullmatch(line):
            if comment or not groups:
                groups.append(Group(section, intro, " ".join(comment)))
                intro, comment = "", []
            groups[-1].values[found[1]] = found[2]
        elif line == "#":
            intro, comment = " ".join(comment), []
        elif line.startswith("# "):
            comment.append(line[2:])
    return groups


def default_of(name: str) -> str | None:
    """Return the default of a setting as `.env.example` writes it, None for what is no setting of the program's."""
    if name.lower() not in Settings.model_fields:
        return None
    value = Settings.model_fields[name.lower()].default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def render_settings() -> str:
    """Return a table for each section."""
    groups = read_example()
    sections = dict.fromkeys(group.section for group in groups)
    return "\n".join("\n".join(_table([one for one in groups if one.section == name])) for name in sections)


def _table(groups: list[Group]) -> Iterator[str]:
    yield from (f"## {groups[0].section}", "", *((groups[0].intro, "") if groups[0].intro else ()))
    yield from ("| setting | default | takes | means |", "|---|---|---|---|")
    for group in groups:
        takes = [_takes(name) for name in group.values]
        columns = (
            "<br>".join(f"`{name}`" for name in group.values),
            "<br>".join(_code(_default(*one)) for one in group.values.items()),
            takes[0] if len({*takes}) == 1 else "<br>".join(takes),
            group.meaning.replace("|", r"\|"),
        )
        yield "| " + " | ".join(columns) + " |"
    yield ""


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"


def _default(name: str, in_example: str) -> str:
    default = default_of(name)
    return in_example if default is None else default


def _takes(name: str) -> str:
    if name.lower() not in Settings.model_fields:
        return ""
    told = words.expected(Settings.model_fields[name.lower()])
    return "" if told == _ANY else told
