# ruff: noqa: RUF001 - letters and marks of other scripts
"""Where sentences end inside a block of text: every mark that may end one is found and then judged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.processors.sentences.marks import CLOSERS, FRENCH_CLOSER, FULL, OPENING, POINTED, QUESTION, THAI
from app.processors.sentences.points import Point, ends_sentence
from app.processors.sentences.quotes import unbreakable

_STOP: Final = re.compile(
    rf"(?P<mark>[{FULL}{POINTED}{QUESTION}]++)(?P<closed>{CLOSERS}*+(?:{FRENCH_CLOSER})?+)(?P<space>\s*+)"
    rf"|(?<=[{THAI}])[ \u00a0]++(?=[{THAI}])"
)
_NEXT: Final = re.compile(
    rf"(?:[-–—•*·]\s+)?[{re.escape(OPENING)}\s]*+(?P<word>(?:[^\W\d_]['’]?){{0,40}})(?P<point>\.?)(?P<rest>.{{0,12}})",
    re.DOTALL,
)
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_GOES_ON: Final = re.compile(r"[とっなのをはがもにで、，,]")  # behind a Japanese quotation
_ADDRESS: Final = re.compile(r"https?:|www\.")
_DUTCH: Final = re.compile(r"['’][nst] [^\W\d_a-z]")
_ELIDED: Final = re.compile(r"[^\W\d_]{1,5}['’](?=[^\W\d_]{2})")  # "l'ing."
_BEFORE_CHARS: Final = 60
_EARLY_TOKENS: Final = 5
_THAI_LAST: Final = ("ครับ", "ค่ะ", "คะ", "นะ", "จ้ะ")
_THAI_FIRST: Final = ("และ", "หรือ", "แต่", "ที่", "ซึ่ง", "เพราะ", "โดย", "เพื่อ", "ของ", "ใน", "จาก", "กับ", "ๆ")
_THAI_CHARS: Final = 40  # a space in a shorter sentence parts words


@dataclass(frozen=True, slots=True)
class Ends:
    """Finds the ends of sentences in the blocks of a text. `language`: None where it is not known."""

    text: str
    language: str | None
    has_capitals: bool

    def inside(self, start: int, end: int) -> Iterator[int]:
        """Yield where sentences of text[start:end] end, each behind its closing marks; its own end is not yielded."""
        kept = unbreakable(self.text, start, end)
        begun = start
        for stop in _STOP.finditer(self.text, start, end):
            if stop.end() < end and not kept[stop.start() - start] and self._ends(stop, begun, end):
                yield stop.end()
                begun = stop.end()

    def _ends(self, stop: re.Match[str], begun: int, end: int) -> bool:
        mark, closed = stop["mark"], stop["closed"]
        if mark is None:
            return self._ends_thai(stop, begun, end)
        if any(char in FULL for char in mark):
            return not (closed and _GOES_ON.match(self.text, stop.end()))
        if not stop["space"] and not (mark != "." and "…" not in mark and _CJK.match(self.text, stop.end())):
            return False
        if mark[0] in QUESTION and not "\u0370" <= self.text[max(0, stop.start() - 1)] <= "\u03ff":
            return False
        following = _NEXT.match(self.text, stop.end(), end)
        if following is None or not self._begins(following):
            return False
        return mark != "." or bool(closed) or ends_sentence(self._point(stop, following, begun))

    def _begins(self, following: re.Match[str]) -> bool:
        """Say whether a sentence may begin so: with a capital, a figure, or in a script that has no capitals."""
        word = following["word"]
        if not word:
            return bool(following["rest"]) and following["rest"][0] not in ",;:.!?)]}%&=…"
        begins = not word[0].islower() or word[1:2].isupper() or _DUTCH.match(self.text, following.start("word") - 1)
        return bool(begins) or not self.has_capitals or _ADDRESS.match(self.text, following.start("word")) is not None

    def _point(self, stop: re.Match[str], following: re.Match[str], begun: int) -> Point:
        at = stop.start()
        said = self.text[max(begun, at - _BEFORE_CHARS) : at].split()
        tokens = said[-4:]
        token = _ELIDED.sub("", tokens.pop().lstrip(OPENING)) if tokens else ""
        before_token = self.text[max(begun, at - len(token) - 8) : at - len(token)]
        first = at - len(token) - begun <= len(before_token) and not before_token.strip(OPENING + " \n\t•*·-–—▪|#")
        return Point(
            token=token,
            before=tuple(tokens),
            is_first=first,
            following=following["word"],
            has_point=bool(following["point"]),
            rest=following["rest"],
            is_early=at - begun < _BEFORE_CHARS and len(said) <= _EARLY_TOKENS,
            language=self.language,
        )

    def _ends_thai(self, stop: re.Match[str], begun: int, end: int) -> bool:
        before = self.text[max(begun, stop.start() - 6) : stop.start()]
        after = self.text[stop.end() : min(end, stop.end() + 8)]
        if after.startswith(_THAI_FIRST):
            return False
        return before.endswith(_THAI_LAST) or stop.start() - begun >= _THAI_CHARS
