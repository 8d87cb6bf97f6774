"""Names that people give to users, teams and keys: something that can be seen, on one line, and read as it stands."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

MAX_CHARS = 200
_JOINERS = "\u200c\u200d"  # which Persian, Indic scripts and emoji need
_INVISIBLE = "\u115f\u1160\u2800\u3164\uffa0"  # letters by their category, and nothing to look at
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_UNSEEN = dict.fromkeys(map(ord, _JOINERS + _INVISIBLE))


def _checked(given: str) -> str:
    name = unicodedata.normalize("NFC", given.strip())
    odd = next((char for char in unseen_in(name) if char not in _JOINERS), None)
    if odd is not None:
        raise ValueError(f"a name has no unseen characters, nor marks of direction; here is U+{ord(odd):04X}")
    if not folded(name):
        raise ValueError("a name is not blank")
    if len(name) > MAX_CHARS:
        raise ValueError(f"a name has at most {MAX_CHARS} characters")
    return name


def unseen_in(text: str) -> list[str]:
    """Return the characters of a text that nobody sees, or that turn around what is seen."""
    return [char for char in text if unicodedata.category(char) in _REFUSED or char in _INVISIBLE]


def folded(name: str) -> str:
    """Return what two names have in common that look alike: capitals, widths, and blanks do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().translate(_UNSEEN).split())


# In a body; its length is checked in our words, and told to readers of the schema all the same.
Name = Annotated[str, AfterValidator(_checked), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARS})]
