"""The prompts, one text file each beside this module, and their versions."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent
_HEADING = re.compile(r"^## (\w+)\n", re.MULTILINE)
_CLOSING = re.compile(r"<(?=\s*/?\s*text\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Prompt:
    """A prompt file: sections under `## name` headings, with `$placeholders`; `number` rises with its meaning."""

    name: str
    number: int
    text: str

    @cached_property
    def version(self) -> str:
        """Name, number and the start of the text's sha256, such as `summarize@1:ab12cd34`."""
        return f"{self.name}@{self.number}:{hashlib.sha256(self.text.encode()).hexdigest()[:8]}"

    @cached_property
    def _sections(self) -> Mapping[str, str]:
        parts = _HEADING.split(self.text)
        return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}

    def section(self, section: str, /, **values: object) -> str:
        """Return one section with its placeholders filled, once: a `$` in a value stays as it is.

        Raises: KeyError for a section or placeholder that has no text.
        """
        return Template(self._sections[section]).substitute({key: str(value) for key, value in values.items()})


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
