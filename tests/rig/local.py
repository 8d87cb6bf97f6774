"""The whole local stack as `python -m app run` starts it, on ports and in a folder of its own, for scripts."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.local.process import ProcessSpec, spawn, stop, wait_ready
from tests.rig.ports import free_port

ROOT = Path(__file__).parents[2]
PORTS = ("API_PORT", "POSTGRES_PORT", "VALKEY_PORT", "FLOWER_PORT", "MODEL_PORT", "EMBEDDINGS_PORT")
UP_WITHIN_S = 120.0
STOPPED_WITHIN_S = 90.0


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A stack that runs; `environment` is what makes another process of ours part of it."""

    url: str
    folder: Path
    environment: dict[str, str]

    def app(self, *arguments: str) -> str:
        """Run one command of ours against it and return what it prints."""
        command = (sys.executable, "-m", "app", *arguments)
        spec = ProcessSpec(name="app", argv=command, ready=lambda _: True, env=self.environment)
        return subprocess.run(
            command, cwd=ROOT, env=spec.environment(), check=True, capture_output=True, text=True, timeout=300
        ).stdout.strip()


@contextmanager
def local_stack(**environment: str) -> Iterator[LocalStack]:
    """Yield a stack that is up; at the end it is stopped, and its folder deleted."""
    with tempfile.TemporaryDirectory(prefix="headrace-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        log_path = folder / "stack.log"
        ports = {name: str(free_port()) for name in PORTS}
        wanted = {"DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT), **ports, **environment}
        spec = ProcessSpec(
            name="the stack",
            argv=(sys.executable, "-m", "app", "run", "--no-web"),
            ready=lambda _: "| up in " in log_path.read_text("utf-8", "replace"),
            env=wanted,
            stop_signal=signal.SIGINT,
            pdeathsig=signal.SIGTERM,
            grace_s=STOPPED_WITHIN_S,
            ready_timeout_s=UP_WITHIN_S,
        )
        stack = LocalStack(f"http://127.0.0.1:{ports['API_PORT']}", folder, wanted)
        child = spawn(spec, log_path=log_path)
        try:
            wait_ready(spec, child, log_path=log_path)
            yield stack
        finally:
            stop(spec, child)
            stack.app("reset", "--yes")
