# ruff: noqa: RUF001 - marks of other scripts
"""The marks that end sentences, in all scripts."""

import re
from typing import Final

OPENING: Final = "\"'“‘„‚«‹»›”’「『（《【([{¿¡"
CLOSING: Final = "\"'”’“‘»›«‹」』）》】)]}"
FULL: Final = "。！？｡．।॥؟۔։።፧။၊។༎"  # end a sentence without a space behind them
POINTED: Final = ".!?…‥‽⁇⁈⁉"
QUESTION: Final = ";\u037e"  # in Greek
CLOSERS: Final = "[" + re.escape(CLOSING) + "]"
FRENCH_CLOSER: Final = "[ \u00a0\u202f][»›](?!\\w)"
THAI: Final = "\u0e00-\u0e7f\u0e80-\u0eff"  # and Lao: without marks

_FINISHED: Final = re.compile(
    rf"(?:[{FULL}{POINTED}]|(?<=[\u0370-\u03ff])[{QUESTION}]|[{THAI}])(?:{CLOSERS}|{FRENCH_CLOSER})*+\Z"
)
_TAIL: Final = 40


def is_finished(sentence: str) -> bool:
    """Say whether a sentence ends with a mark that ends sentences; in Thai, which has none, with a letter."""
    return _FINISHED.search(sentence, max(0, len(sentence) - _TAIL)) is not None
