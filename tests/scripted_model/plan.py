"""What a request asks the server to do: `[[plan:500,429:2,ok]]` in the text of its last user message that has one.

ok · echo:<text> · slow:<seconds> · nul · huge:<bytes> · wrong_schema        a completion
<status> · <status>:<Retry-After> · 429date:<seconds> · quota · context · llama_context        an HTTP error
storm:<until>:<Retry-After>        429 until that time, in seconds since the epoch, then ok
html · broken · empty · truncated · reset · stall · hang        no completion at all
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from app.core.clock import utc_now

JOB_HEADER = "x-headrace-job"
ATTEMPT_HEADER = "x-headrace-attempt"
STEP_HEADER = "x-headrace-step"

_PLAN = re.compile(r"\[\[plan:([^\]]*)\]\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a plan: `name` or `name:value`; the value is percent-decoded, so that it may hold commas."""

    name: str
    value: str = ""


def last_text(body: Mapping[str, Any]) -> str:
    """Return the last user message that holds a plan, else the last user message."""
    texts = [
        str(message.get("content", ""))
        for message in reversed(body.get("messages") or [])
        if isinstance(message, Mapping) and message.get("role") == "user"
    ]
    return next((text for text in texts if _PLAN.search(text)), texts[0] if texts else "")


def entries(text: str) -> list[Entry]:
    """Return the plan that a text holds; without one, always `ok`."""
    found = _PLAN.search(text)
    if found is None:
        return [Entry("ok")]
    parts = (part.strip().partition(":") for part in found[1].split(","))
    return [Entry(name, unquote(value)) for name, _, value in parts if name] or [Entry("ok")]


class Plans:
    """Counts calls and picks each one's entry: the n-th for the n-th call of a job (or text), the last one repeats."""

    def __init__(self) -> None:
        """Start with no call seen."""
        self._seen: Counter[str] = Counter()

    def peek(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> Entry:
        """Return what to do with this call, should it be admitted."""
        plan = entries(last_text(body))
        return _now(plan[min(self._seen[_key(headers, body)], len(plan) - 1)])

    def count(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        """Count this call: the next one of its job gets the next entry."""
        self._seen[_key(headers, body)] += 1


def _key(headers: Mapping[str, str], body: Mapping[str, Any]) -> str:
    return headers.get(JOB_HEADER) or last_text(body)


def _now(entry: Entry) -> Entry:
    """Return what an entry that depends on the time means now."""
    if entry.name != "storm":
        return entry
    until, _, retry_after = entry.value.partition(":")
    return Entry("429", retry_after) if utc_now().timestamp() < float(until) else Entry("ok")
