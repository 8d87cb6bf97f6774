"""How the command line shows one job: what it is, what happened when, what its model thought, its error, its result."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import typer

from app.cli.output import json_text
from app.cli.show import clipped, counted, millisecond, printable, second, seconds, table

MS = 1000
SHOWN_FIELDS = 20
CUT_OFF = "output_truncated"
# Why a model of a chain was passed over, where its name does not say it.
PASSED = {
    "rate_limited": "its limit was reached",
    "model_busy": "it took no further call",
    "provider_down": "it was failing",
    "provider_closed": "its provider was closed by an operator",
    "network": "it could not be reached",
    "unavailable": "it was not available",
    "timeout": "it did not answer in time",
    "auth_failed": "its key was refused",
    "insufficient_credits": "its account had no credit left",
    "model_not_found": "its provider does not know it",
    "bad_response": "what it answered could not be read",
    "context_too_long": "the text was too long for it",
}


def job(item: Mapping[str, Any], *, thoughts: bool = False) -> str:
    """Return one job: what it is, what happened when, its error and its result; with `thoughts` what models thought."""
    events, attempts = item.get("events") or (), item.get("attempts") or ()
    lines = _head(item)
    if events:
        lines += ["", *_timeline(item.get("created_at"), collapsed(events, attempts))]
    attempt_lines = [line for one in attempts for line in _attempt(one, thoughts=thoughts)]
    lines += ["", *attempt_lines] if attempt_lines else []
    if item.get("error") or item.get("result") is not None:
        lines += ["", outcome(item), *_partial(item)]
    return "\n".join(lines)


def _head(item: Mapping[str, Any]) -> list[str]:
    lines = [f"job       {item['id']}", f"type      {item.get('type')}", f"status    {item.get('status')}"]
    lines.append(f"attempts  {item.get('attempts_used')} of {item.get('max_attempts')}")
    if item.get("crashes"):
        lines.append(f"workers   {item['crashes']} lost while it ran; {item.get('max_crashes')} end it")
    if refusals := refused(item):
        lines.append(f"refused   {refusals}, for the provider's limit")
    if item.get("model"):
        lines.append(f"model     {item['model']} ({item.get('provider')})")
    if took := seconds(item.get("started_at"), item.get("finished_at")):
        lines.append(f"took      {took}")
    return lines


def refused(item: Mapping[str, Any]) -> str:
    """Return how often a provider refused a job, such as `7 of 100 times`; nothing where it never did."""
    return f"{item['refusals']} of {counted(item['max_refusals'], 'time')}" if item.get("refusals") else ""


def outcome(item: Mapping[str, Any]) -> str:
    """Return a job's result, or its error."""
    if item.get("status") == "completed":
        return json_text(item.get("result"))
    if error := item.get("error"):
        return f"{error.get('code')}: {error.get('message')}"
    return str(item.get("status"))


def ending(item: Mapping[str, Any]) -> str:
    """Return in one line how a job ended."""
    error = item.get("error") or {}
    why = f": {error.get('code')}: {clipped(str(error.get('message')))}" if error else ""
    return f"{item.get('status')}{why}"


def part(result: Any, field: str) -> str:
    """Return a result, or what a path of names and numbers such as `fields.total` names in it; a text as it is.

    Raises: typer.BadParameter for a field that is not there.
    """
    for name in field.split(".") if field else ():
        known = _names(result)
        if name not in known:
            has = f"; there are: {', '.join(known[:SHOWN_FIELDS])}" if known else ""
            raise typer.BadParameter(f"the result has no {field!r}{has}", param_hint="--field")
        result = result[name] if isinstance(result, dict) else result[int(name)]
    return result if field and isinstance(result, str) else json_text(result)


def _names(value: Any) -> list[str]:
    """Return what the parts of a value are called."""
    if isinstance(value, dict):
        return list(value)
    return [str(at) for at in range(len(value))] if isinstance(value, list) else []


def _partial(item: Mapping[str, Any]) -> list[str]:
    if item.get("status") != "failed" or item.get("result") is None:
        return []
    is_cut = (item.get("error") or {}).get("code") == CUT_OFF
    what = "the answer up to where it was cut off:" if is_cut else "what was done before it failed:"
    return ["", what, json_text(item["result"])]


def _attempt(one: Mapping[str, Any], *, thoughts: bool) -> list[str]:
    parts = []
    if waited_ms := one.get("waited_ms"):
        ran = "" if one.get("run_ms") is None else f", ran {one['run_ms'] / MS:.2f} s"
        parts.append(f"waited {waited_ms / MS:.2f} s for a place{ran}")
    if thought := one.get("reasoning_tokens"):
        parts.append(f"{counted(thought, 'token')} of thinking")
    if one.get("fallback"):
        parts.append(f"instead of {passed_over(one['fallback'])}")
    lines = [f"attempt {one['attempt']}: {'; '.join(parts)}"] if parts else []
    if not (text := one.get("reasoning")):
        return lines
    if not thoughts:
        return [*lines, f"attempt {one['attempt']}: its model thought {len(text):,} characters; --thoughts shows them"]
    return [*lines, f"attempt {one['attempt']}, what its model thought:", *_indented(text)]


def passed_over(fallback: str) -> str:
    """Return which models were passed over and why, in words, from `dead: network, ok2: rate_limited`."""
    found = [one.rpartition(": ") for one in fallback.split(", ")]
    return " and ".join(f"{name} ({PASSED.get(kind, kind)})" if name else kind for name, _, kind in found)


def _indented(text: str) -> list[str]:
    return [f"  {line}".rstrip() for line in printable(text.strip()).splitlines()]


def collapsed(events: Iterable[Mapping[str, Any]], attempts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a history whose attempts that only waited for a provider, several in a row, are one line."""
    waited = {one["attempt"] + one["count"] - 1: one for one in attempts if one.get("count", 1) > 1}
    hidden = {one["attempt"] + number for one in waited.values() for number in range(one["count"] - 1)}
    lines: list[Mapping[str, Any]] = []
    for event in events:
        group = waited.get(event["attempt"]) if event["name"] in {"started", "released"} else None
        if group is not None and event["name"] == "released":
            reason = f"{group['count']} times since {second(group['started_at'])}: {group['error']['message']}"
            lines.append({**event, "detail": reason})
        elif group is None and (event["attempt"] not in hidden or event["name"] not in {"started", "released"}):
            lines.append(event)
    return lines


def _timeline(created_at: str | None, events: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = [
        {
            **event,
            "at": millisecond(event.get("at")),
            "after": seconds(created_at, event.get("at")),
            "detail": _detail(event.get("detail")),
        }
        for event in events
    ]
    return table(rows, ("at", "after", "name", "status", "attempt", "worker", "detail")).splitlines()


def _detail(detail: object) -> object:
    """Return a detail as JSON; thoughts are long, and stand below."""
    if not isinstance(detail, dict):
        return detail
    return json.dumps({name: value for name, value in detail.items() if name != "reasoning"}, ensure_ascii=False)
