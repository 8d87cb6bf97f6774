"""Compares answers of the API with those that a document shows, where ids, times and a model's words differ.

A document's id stands for the same one everywhere, a time for any time. A member "…" stands for further members of an
object, an element "…" for any number of further elements.
"""

import re
from dataclasses import dataclass, field
from typing import Any

MORE = "…"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00))?")
# What a model says, what a machine measures or has done so far, and names of one run: only the kind is compared.
VARIES = re.compile(
    r"(?:\w*_ms|\w+_s|\w*tokens|\w*_left|\w*cost_usd|states_s|closed|open|in_use|startable|reserved|jobs|attempts|calls|"
    r"successes|priced|submitted|scheduled|pending|processing|completed|failed|cancelled|running|waiting|busy|per_minute|"
    r"summary|worker|prompt_version|version|host|next_cursor|request_id|agent|key|key_id|access_token|refresh_token)\Z"
)


@dataclass(slots=True)
class Answers:
    """What the ids of a document stand for in this run."""

    ids: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        """Return a text of the document with the ids of this run."""
        return _UUID.sub(lambda found: self.ids.get(found[0], found[0]), text)

    def merged(self, shown: Any, given: Any, name: str = "") -> Any:
        """Return what the document should show: what it shows wherever that fits, else what is given."""
        if isinstance(shown, dict) and isinstance(given, dict):
            kept = {one: value for one, value in given.items() if one in shown or MORE not in shown}
            merged = {one: self.merged(shown.get(one), value, one) for one, value in kept.items()}
            return merged | ({MORE: MORE} if MORE in shown else {})
        if isinstance(shown, list) and isinstance(given, list):
            more = shown[-1:] == [MORE]
            wanted = shown[:-1] if more else shown + [None] * (len(given) - len(shown))
            return [self.merged(*pair, name) for pair in zip(wanted, given, strict=False)] + ([MORE] if more else [])
        if isinstance(shown, str) and isinstance(given, str):
            return shown if self._fits(shown, given, name) else self._told(given)
        varies = VARIES.match(name) and isinstance(shown, int | float) and isinstance(given, int | float)
        return shown if varies or (type(shown) is type(given) and shown == given) else self._told(given)

    def _told(self, given: Any) -> Any:
        """Return what is given with the ids of the document, where it has them."""
        if isinstance(given, dict):
            return {name: self._told(value) for name, value in given.items()}
        if isinstance(given, list):
            return [self._told(value) for value in given]
        known = {other: mine for mine, other in self.ids.items()}
        return _UUID.sub(lambda found: known.get(found[0], found[0]), given) if isinstance(given, str) else given

    def _fits(self, shown: str, given: str, name: str) -> bool:
        if VARIES.match(name):
            return True
        ids, theirs = _UUID.findall(shown), _UUID.findall(given)
        if len(ids) == len(theirs):
            for mine, other in zip(ids, theirs, strict=True):
                self.ids.setdefault(mine, other)
        return _TIME.sub("a time", self.filled(shown)) == _TIME.sub("a time", given)
