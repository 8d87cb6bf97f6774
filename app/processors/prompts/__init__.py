"""The prompts, one text file each beside this module, and their versions; an operator's own texts go before them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent
_HEADING = re.compile(r"^## (\w+)\n", re.MULTILINE)
_own: dict[str, str] = {}  # an operator's texts by name; set once, before anything is asked
_CLOSING = re.compile(r"<(?=\s*/?\s*text\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Prompt:
    """A prompt file: sections under `## name` headings, with `$placeholders`; `number` rises with its meaning.

    `text` is the built-in one; `current` counts.
    """

    name: str
    number: int
    text: str

    @property
    def current(self) -> str:
        """The operator's text where there is one, else the built-in one."""
        return _own.get(self.name, self.text)

    @property
    def version(self) -> str:
        """Name, number and the start of the text's sha256, such as `summarize@1:ab12cd34`; `own` for an operator's."""
        number = "own" if self.name in _own else self.number
        return f"{self.name}@{number}:{hashlib.sha256(self.current.encode()).hexdigest()[:8]}"

    def section(self, section: str, /, **values: object) -> str:
        """Return one section with its placeholders filled, once: a `$` in a value stays as it is.

        Raises: KeyError for a section or placeholder that has no text.
        """
        return Template(sections_of(self.current)[section]).substitute(
            {key: str(value) for key, value in values.items()}
        )


@lru_cache(maxsize=64)
def sections_of(text: str) -> Mapping[str, str]:
    """Return the bodies of a prompt's sections by their names."""
    parts = _HEADING.split(text)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def built_in() -> Mapping[str, str]:
    """Return the texts of the built-in prompts by their names."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.md"))}


def use(own: Mapping[str, str]) -> None:
    """Put an operator's texts, which were checked, before the built-in ones; at the start, for some are read once."""
    _own.clear()
    _own.update(own)


@lru_cache
def load_prompt(name: str, *, number: int) -> Prompt:
    """Read the built-in prompt file `<name>.md`."""
    return Prompt(name, number, (_FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def quoted(text: str) -> str:
    """Return a user's text between triple quotes that the text itself cannot close; small models like these better."""
    return '"""' + text.strip().replace('"""', "'''") + '"""'


def as_data(text: str) -> str:
    """Return a user's text between `<text>` tags that the text itself cannot close."""
    return "<text>\n" + _CLOSING.sub("&lt;", text.strip()) + "\n</text>"
