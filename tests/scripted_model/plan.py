"""What a request asks the server to do: `[[plan:500,429:2,ok]]` in the text of its last user message that has one.

ok · echo:<text> · slow:<seconds> · nul · huge:<bytes> · wrong_schema        a completion
think:<text> · closing:<text> · unclosed:<thoughts>        thoughts in the content: in tags, closed only, cut before
parts:<text> · reasoning:<key>:<text>        content as a list with a thinking part, thoughts beside it
finish:<reason>:<text> · choice_error:<code>:<message>        another end, an error object inside the choice
blank:<finish>:<tokens>:<thinking> · null:… · absent:…        content "", null or missing, which was paid all the same
usage:<JSON>:<text>        another usage object, null for none
sse:<quirk>:<text>        a stream that departs from the rule (`streams.py`); a call that does not stream gets the text
refuse_param:<name>+<name> · refuse_role:<role>        400 as OpenAI says it while that is there, then ok
<status> · <status>:<Retry-After> · 429date:<seconds> · quota · context · llama_context        an HTTP error
err:<kind>        an error in the words of the personality asked: rate, context, key, model, large … (`faults` of each)
body:<status>:<body>:<headers as JSON>        any answer at all
storm:<until>:<Retry-After>        429 until that time, in seconds since the epoch, then ok
html · broken · empty · truncated · reset · stall · hang        no completion at all
big:<status>:<bytes> · gzipbomb:<bytes>:<status> · longline:<bytes> · drip:<seconds>        hostile (`hostile.py`)

A text, a body or JSON is percent-encoded (`urllib.parse.quote(text, safe="")`): it may not hold a bare comma, colon or
bracket. What is left out at the end has a default.
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
    """One step of a plan: `name` or `name:value`; `raw` is the value as it was written."""

    name: str
    raw: str = ""

    @property
    def value(self) -> str:
        """The value percent-decoded, so that it may hold commas."""
        return unquote(self.raw)

    def fields(self, count: int) -> list[str]:
        """Return the first so many fields of the value, each percent-decoded; missing ones are empty."""
        found = [unquote(one) for one in self.raw.split(":", count - 1)]
        return found + [""] * (count - len(found))


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
    return [Entry(name, value) for name, _, value in parts if name] or [Entry("ok")]


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
