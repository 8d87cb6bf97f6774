"""Start the scripted server as a process and read what it saw."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.scripted_model.witness import Record, read_calls

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """A running server."""

    base_url: str
    log: Path

    def calls(self, job: str) -> list[Record]:
        """Return the calls of one job so far."""
        return [record for record in read_calls(self.log) if record["job"] == job]


@contextmanager
def running(log: Path) -> Iterator[ScriptedModel]:
    """Run a server on a free port until the block ends."""
    command = [sys.executable, "-m", "tests.scripted_model", "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[-1])
        try:
            yield ScriptedModel(f"http://127.0.0.1:{port}/v1", log)
        finally:
            process.terminate()
