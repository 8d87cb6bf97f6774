"""Says what the API refuses in words of the command that was given: its options stand where JSON pointers stood."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any, Self, TypeAlias
from urllib.parse import unquote

from app.cli.client import CallError
from app.cli.field_names import NOUNS, PARAMETERS, WAYS

SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Given:
    """A command as it was called: how each parameter is written, and the value it had."""

    written: Mapping[str, str]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, parameters: Iterable[Any], values: Mapping[str, Any]) -> Self:
        """Read the parameters of a typer command."""
        return cls({one.name: _written(one) for one in parameters}, values)

    def parameter(self, field: str) -> str | None:
        """Return the name of the parameter that fills a field of the API; None where the command has none."""
        return next((one for one in (*PARAMETERS.get(field, ()), field) if one in self.written), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is: the field of the API, what lies in it, how the command says it, and what was given there."""

    field: str
    inside: tuple[str, ...]
    option: str
    value: object
    given: Given

    @property
    def noun(self) -> str:
        """Return what the field is, for a person."""
        return NOUNS.get(self.field, self.field.removesuffix("_s").replace("_", " "))

    @property
    def shown(self) -> str:
        """Return the value as a sentence may show it."""
        text = str(self.value)
        return repr(text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…")


# As typer says what is wrong with a value, in Pydantic's words.
_NONE_OF = re.compile(r"('.*') is not one of (.+?)\.?")
_OF_TYPER: Mapping[str, str] = {
    r"Input should be greater than or equal to (.+)": r"at least \1",
    r"Input should be less than or equal to (.+)": r"at most \1",
    r"Input should be greater than (.+)": r"above \1",
    r"Input should be less than (.+)": r"below \1",
    r"Input should be a valid integer\b.*": "a whole number",
    r"Input should be a valid number\b.*": "a number",
    r"Input should be a valid boolean\b.*": "true or false",
    r"Input should be a valid datetime\b.*": "a time such as 2026-01-31T09:00:00Z",
    r"Input should be a valid date\b.*": "a day such as 2026-01-31",
}

Wording: TypeAlias = Callable[[Place, re.Match[str]], str | None]


def _written(parameter: Any) -> str:
    """Return how a parameter is written: an option by its first long name, an argument by its name in the usage."""
    if parameter.param_type_name == "option":
        return str(next((name for name in parameter.opts if name.startswith("--")), parameter.opts[0]))
    return str(parameter.metavar or parameter.name.upper()).strip("[]")


def reworded(error: CallError, given: Given) -> CallError:
    """Return the error of a call in the words of a command; `path` tells which of several ids it was about."""
    if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return error
    faults = faults_of(error.problem, given, error.path)
    message = "\n".join(dict.fromkeys(fault["detail"] for fault in faults))
    worded = CallError(message, exit_code=error.exit_code, status=error.status, problem=error.problem)
    worded.faults = faults
    return worded


def faults_of(problem: Mapping[str, Any], given: Given, path: str = "") -> list[dict[str, str]]:
    """Return each wrong part of a request: its pointer, the option that filled it, and a sentence."""
    found = []
    alone = [{"pointer": "#", "detail": problem.get("detail") or problem.get("title") or ""}]
    for fault in problem.get("errors") or alone:
        pointer, detail = str(fault.get("pointer", "")), str(fault.get("detail", ""))
        place = place_of(pointer, given, path)
        found.append({"pointer": pointer, "option": place.option, "detail": sentence(place, detail)})
    return found


def place_of(pointer: str, given: Given, path: str = "") -> Place:
    """Return where a pointer points, such as `#/input/text`, `#query/status` or `#path/job_id`."""
    kind, *parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#").split("/")]
    is_input = not kind and parts[:1] == ["input"]
    if is_input:
        del parts[0]
    field, *inside = [part for part in parts if part] or [""]
    name = given.parameter("metadata" if field.startswith("metadata.") else field) if field else None
    if name is not None:
        option = given.written[name]
    elif field and is_input and "assignments" in given.written:
        option = f"--set {field}"
    else:
        option = field
    value = given.values.get(name) if name else None
    if isinstance(value, list | tuple):
        value = _one_of(value, inside, path)
    return Place(field, tuple(inside), option, value, given)


def _one_of(values: Sequence[Any], inside: Sequence[str], path: str) -> object:
    """Return the one of several values that is meant: by its number, or by the path of the request."""
    if inside and inside[0].isdecimal() and int(inside[0]) < len(values):
        return values[int(inside[0])]
    segments = [unquote(part) for part in path.partition("?")[0].split("/")]
    return next((one for one in values if one in segments), values[0] if values else None)


def sentence(place: Place, detail: str) -> str:
    """Return a sentence about a fault, for a person at a terminal."""
    for pattern, word_it in _SENTENCES:
        if (match := pattern.fullmatch(detail)) is not None and (said := word_it(place, match)) is not None:
            return said
    text = detail if detail.endswith((".", "!", "?")) else f"{detail}."
    where = place.option + "".join(f"/{part}" for part in place.inside)
    return f"{where}: {text}" if where else text[:1].upper() + text[1:]


def of_value(detail: str) -> str:
    """Return what is wrong with the value of an option that is named already, in plain words."""
    detail = detail.removeprefix("Value error, ")
    if (found := _NONE_OF.fullmatch(detail)) is not None:
        return f"write {_either(found[2].replace(chr(39), '').split(', '))}; {found[1]} is none of them"
    matches = ((re.fullmatch(pattern, detail, re.DOTALL), said) for pattern, said in _OF_TYPER.items())
    return next((match.expand(f"it must be {said}") for match, said in matches if match), detail)


def _missing(place: Place, _: object) -> str:
    ways = [given for name in WAYS.get(place.field, ()) if (given := place.given.written.get(name))]
    return f"No {place.noun.removesuffix(' id')}: use {_either(ways or [place.option])}."


def _no_input(place: Place, match: re.Match[str]) -> str:
    return _missing(replace(place, field="text" if "text" in match[1] else "file_id"), None)


def _no_id(place: Place, _: object) -> str | None:
    article = "an" if place.noun.startswith(("a", "i")) else "a"
    return f"{place.shown} is not {article} {place.noun}." if place.value is not None else None


def _no_filter(place: Place, _: object) -> str:
    written = place.given.written
    return f"Give a filter such as {written.get('job_type', 'type')}, or {written.get('every', 'all')}."


def _filter_beside_all(place: Place, _: object) -> str:
    return f"Give either filters or {place.given.written.get('every', 'all')}, not both."


def _bound(place: Place, match: re.Match[str]) -> str:
    return f"{place.option} must be {match[1]} {match[2]}{_not(place)}."


def _choice(place: Place, match: re.Match[str]) -> str:
    return f"{place.option} takes {match[1].replace(chr(39), '')}{_not(place)}."


def _unknown(place: Place, _: object) -> str:
    if place.inside or not (kind := place.given.values.get("job_type")):
        return f"{'/'.join((place.option, *place.inside))} is not known here."
    return f"{kind} takes no {place.option}: `headrace types {kind}` shows what it takes."


def _kind(place: Place, match: re.Match[str]) -> str:
    wanted = match[1] + (match[2] or "").replace(", such", " such")
    where = "/".join((place.option, *place.inside))
    return f"{where} must be {wanted}{_not(place)}." if where else f"Give {wanted}."


def _name(place: Place, _: object) -> str:
    return f"{place.option}: {place.shown} is no name; a name has a to z, digits, dots, _ and - alone, at most 64."


def _empty(place: Place, _: object) -> str:
    return f"{place.option} is empty."


def _least(place: Place, match: re.Match[str]) -> str:
    return f"{place.option} takes at least {match[1]} characters."


def _length(place: Place, match: re.Match[str]) -> str:
    return f"{place.option} is too long: at most {match[1]} characters."


def _no_such(place: Place, match: re.Match[str]) -> str:
    known = match[2].rstrip(".").split(", ")
    near = get_close_matches(str(place.value), known, n=1)
    meant = f": did you mean {near[0]}?" if near else "."
    return f"No {match[1]} {place.shown}{meant} Known: {', '.join(known)}."


def _both_starts(place: Place, _: object) -> str:
    written = place.given.written
    return f"Give {written.get('run_at', 'run_at')} or {written.get('delay', 'delay_s')}, not both."


def _pages(place: Place, _: object) -> str:
    return f"{place.option} is a page or a range such as 3 or 1-5{_not(place)}."


def _not(place: Place) -> str:
    """Return what was given there, where that is one plain value."""
    value = place.value
    if isinstance(value, bool) or not isinstance(value, str | int | float) or place.inside:
        return ""
    return f", not {place.shown if isinstance(value, str) and not value.isdecimal() else f'{float(value):g}'}"


def _either(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


# By what the API says; what none of these meets is told as it is, behind its option.
_SENTENCES: Sequence[tuple[re.Pattern[str], Wording]] = [
    (re.compile(pattern, re.DOTALL), word_it)
    for pattern, word_it in (
        (r"it is missing", _missing),
        (r"give (text, file_id .*|file_id .*|one of .*here are none.*)", _no_input),
        (r"write an id, .*", _no_id),
        (r"give a filter, or all: true", _no_filter),
        (r"give a filter or all, not both", _filter_beside_all),
        (r"no (job type|queue|model) '.*'; there are: (.+)", _no_such),
        (r"give run_at or delay_s, not both", _both_starts),
        (r"write a number, (at least|at most|above|below) (.+)", _bound),
        (r"write ('.+)", _choice),
        (r"it is not known here", _unknown),
        (r"it does not have the form \^\[A-Za-z0-9_\.-\].*", _name),
        (r"it does not have the form \^\\d.*", _pages),
        (r"it is empty", _empty),
        (r"write at least (\S+) characters", _least),
        (r"write at most (\S+) characters", _length),
        (
            r"write (a whole number|a number|a text|true or false|a list|a JSON object|a time|a day)(, such as .*)?",
            _kind,
        ),
    )
]
