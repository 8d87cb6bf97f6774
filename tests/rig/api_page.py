"""Runs the commands of docs/api.md, each in bash, and says what the page should show for what they answer."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig.answers import Answers

BASE = "http://127.0.0.1:8000"
WITHIN_S = 120
_BLOCK = re.compile(r"^```(sh|json|http|text)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@dataclass(slots=True)
class Page:
    """A page that is being run: blocks of `sh`, each followed by its answer; those without one prepare the others."""

    base_url: str
    folder: Path  # where the commands run
    answers: Answers = field(default_factory=Answers)
    settled: Callable[[], None] = lambda: None  # called before each command: nothing of those before is under way
    prepared: str = ""

    def run(self, text: str) -> str:
        """Return the page as it should be."""
        return "".join(self._parts(text))

    def _parts(self, text: str) -> Iterator[str]:
        end, command = 0, ""
        for block in _BLOCK.finditer(text):
            between, kind, content = text[end : block.start()], block[1], block[2]
            if kind == "sh":
                self.prepared, command = f"{self.prepared}{command}", content
            else:
                assert not between.strip(), f"an answer follows its command: {between}"
                content, command = self._answer(kind, content, self._said(command)), ""
            yield f"{between}```{kind}\n{content}```\n"
            end = block.end()
        yield text[end:]

    def _said(self, command: str) -> str:
        script = self.answers.filled(f"set -e\n{self.prepared}{command}").replace(BASE, self.base_url)
        self.settled()
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
        assert done.returncode == 0, f"{command}{done.stdout}{done.stderr}"
        return done.stdout.replace("\r\n", "\n").replace(self.base_url, BASE)

    def _answer(self, kind: str, shown: str, said: str) -> str:
        if kind == "json":
            return self._json(shown, said)
        if kind == "http":
            head, _, body = said.partition("\n\n")
            shown_head, _, shown_body = shown.partition("\n\n")
            return (
                f"{self._head(shown_head, head)}\n\n{self._json(shown_body, body)}"
                if body
                else f"{self._head(shown_head, head)}\n"
            )
        return str(self.answers.merged(shown, f"{said.rstrip()}\n"))

    def _json(self, shown: str, said: str) -> str:
        merged = self.answers.merged(_loaded(shown), json.loads(said))
        return json.dumps(merged, indent=2, ensure_ascii=False) + "\n"

    def _head(self, shown: str, said: str) -> str:
        """Return the status line, and the headers that the page shows."""
        status, *headers = said.splitlines()
        wanted = {line.partition(":")[0].lower(): line for line in shown.splitlines()[1:]}
        lines = [
            self.answers.merged(wanted[name], line, name)
            for line in headers
            if (name := line.partition(":")[0].lower()) in wanted
        ]
        code, shown_line = status.split()[1], shown.partition("\n")[0]
        return "\n".join([shown_line if code in shown_line.split() else status, *lines])


def _loaded(shown: str) -> Any:
    try:
        return json.loads(shown)
    except ValueError:
        return None  # to be filled in
