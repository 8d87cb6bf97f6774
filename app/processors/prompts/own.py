"""An operator's own prompts: files of PROMPTS_DIR, each checked against the built-in one of its name."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from app.core.settings import Settings, SettingsError
from app.core.text_file import UnreadableFileError, read_text
from app.processors.json_schema import normalize
from app.processors.prompts import built_in, sections_of

SETTING = "PROMPTS_DIR"
MAX_CHARS = 100_000
_JSON = frozenset({"example_schema", "example_answer"})
_COMPARE = "compare it with `headrace prompts show {name} --built-in`"
_HEADING = re.compile(r"^## (\w+)$", re.MULTILINE)


def read_own(settings: Settings) -> Mapping[str, str]:
    """Return the texts of PROMPTS_DIR by their names; what is not there stays built-in.

    Raises: SettingsError with a line for each fault.
    """
    if not settings.prompts_dir:
        return {}
    folder = Path(settings.prompts_dir)
    if not folder.is_dir():
        raise SettingsError(f"{SETTING}: {folder} is no folder; make it, or leave the setting out")
    known, own, lines = built_in(), {}, []
    for path in sorted(folder.glob("*.md")):
        try:
            text = read_text(path).replace("\r\n", "\n")
        except (UnreadableFileError, FileNotFoundError) as error:
            lines.append(f"{SETTING}: {error}")
            continue
        lines += [f"{SETTING}: {path}: {fault}" for fault in faults_in(path.stem, text, known)]
        own[path.stem] = text if text.endswith("\n") else f"{text}\n"
    if lines:
        raise SettingsError(*lines)
    return own


def faults_in(name: str, text: str, known: Mapping[str, str]) -> Iterator[str]:
    """Yield what keeps a text from standing for the built-in prompt of its name."""
    if name not in known:
        yield f"there is no prompt {name!r}; there are: {', '.join(known)}"
        return
    if len(text) > MAX_CHARS:
        yield f"it is longer than {MAX_CHARS:,} characters"
        return
    compare = _COMPARE.format(name=name)
    wanted, given = sections_of(known[name]), sections_of(text)
    for twice in sorted({one for one in _HEADING.findall(text) if _HEADING.findall(text).count(one) > 1}):
        yield f"section `## {twice}` is there twice"
    for section in wanted.keys() - given.keys():
        yield f"section `## {section}` is missing; {compare}"
    for section in sorted(given.keys() - wanted.keys()):
        yield f"section `## {section}` is none of this prompt's ({', '.join(wanted)})"
    for section in (one for one in wanted if one in given):
        for fault in _faults_in_section(section, wanted[section], given[section]):
            yield f"section `## {section}`: {fault}; {compare}"


def _faults_in_section(section: str, wanted: str, given: str) -> Iterator[str]:
    if not given:
        yield "it is empty"
        return
    if not Template(given).is_valid():
        yield "it has a `$` that begins no placeholder; write `$$` for the sign"
        return
    placeholders, theirs = Template(wanted).get_identifiers(), Template(given).get_identifiers()
    if missing := [f"${name}" for name in placeholders if name not in theirs]:
        yield f"it lacks {', '.join(missing)}"
    if unknown := [f"${name}" for name in theirs if name not in placeholders]:
        yield f"it has {', '.join(unknown)}, which nothing fills; write `$$` for the sign"
    yield from _faults_of_form(section, wanted, given)


def _faults_of_form(section: str, wanted: str, given: str) -> Iterator[str]:
    """Yield what is wrong with a section that code reads: examples of one form a line, meanings, JSON."""
    if section.endswith("examples"):
        bars = wanted.splitlines()[0].count("|")
        wrong = (line for line in given.splitlines() if line.count("|") != bars)
        yield from (f"line {line[:40]!r} must have {bars} `|`, as the built-in ones have" for line in wrong)
    elif section == "meanings":
        wrong = (line for line in given.splitlines() if not line.partition(":")[2].strip())
        yield from (f"line {line[:40]!r} must be `names: what they mean | …`" for line in wrong)
    elif section in _JSON and not _is_object(given):
        yield "it must be a JSON object"
    elif section == "example_schema":
        try:
            normalize(json.loads(given))
        except ValueError as error:
            yield str(error)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
