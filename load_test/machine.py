"""Where and of what figures are: the commit, the versions and the processor; no name of a host, no path."""

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.core.clock import utc_now
from app.local import binaries
from load_test.rig import ROOT

CHANGED = " + changes"
PAGE = "docs/performance.md"  # which is written from the figures


@dataclass(frozen=True, slots=True)
class Machine:
    """What is told above the figures."""

    commit: str
    written: str
    cores: int
    processor: str
    versions: dict[str, str]

    @property
    def line(self) -> str:
        """All of it in one sentence."""
        of = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''} of {self.processor}"
        return f"Commit {self.commit}, {self.written}; {cores}; {of}."


def look() -> Machine:
    """Return this machine as it is now."""
    return Machine(
        commit=commit(),
        written=f"{utc_now():%Y-%m-%d %H:%M} UTC",
        cores=len(os.sched_getaffinity(0)),
        processor=processor(),
        versions={
            "Python": platform.python_version(),
            "PostgreSQL": version(str(binaries.postgres_home() / "bin" / "postgres")),
            "Valkey": version(str(binaries.valkey_server())),
        },
    )


def commit() -> str:
    """Return the commit of the working tree, with `CHANGED` behind it when there is more than is committed."""
    found = _said("git", "rev-parse", "--short", "HEAD")
    is_changed = not found or _said("git", "status", "--porcelain", "--", ".", f":!{PAGE}")
    return (found or "unknown") + (CHANGED if is_changed else "")


def processor() -> str:
    """Return the model of this machine's processor. Source: proc(5), cpuinfo."""
    path = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", path.read_text("utf-8") if path.exists() else "", re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def version(program: str) -> str:
    """Return the version that a server's program tells."""
    found = re.search(r"\d+\.[\d.]*\d", _said(program, "--version"))
    return found[0] if found else "of an unknown version"


def _said(*argv: str) -> str:
    """Return what a command prints, "" when it cannot."""
    try:
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
