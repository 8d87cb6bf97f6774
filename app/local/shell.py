"""psql on the database of the settings: which program, and what it is told; the password stands on no command line."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from psycopg.conninfo import make_conninfo

from app.core.database_connect import libpq_arguments
from app.core.database_url import DatabaseAddress, parse
from app.local import binaries
from app.local.errors import LocalError

_ABSENT = {"password", "prepare_threshold", "passfile"}


@dataclass(frozen=True, slots=True)
class Shell:
    """A command, and what its environment has besides."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)


def shell(database_url: str, *arguments: str) -> Shell:
    """Return psql for a database. Raises: LocalError where there is no psql that could reach it."""
    address = parse(database_url)
    parameters = {name: value for name, value in libpq_arguments(address).items() if value and name not in _ABSENT}
    for name, value in libpq_arguments(DatabaseAddress(hosts=(), user="")).items():
        if name != "sslmode" and name in parameters and parameters[name] == value:
            del parameters[name]  # an older psql does not know each of them
    parameters["application_name"] = address.application_name or "headrace-psql"
    env = {"PGPASSWORD": address.password} if address.password else {}
    env |= {"PGPASSFILE": address.passfile} if address.passfile else {}
    return Shell((_psql(needs_tls=address.tls.sslmode.enforced), make_conninfo(**parameters), *arguments), env)


def _psql(*, needs_tls: bool) -> str:
    """Return the bundled psql, which speaks no TLS, or that of this machine."""
    if not needs_tls:
        with suppress(LocalError):
            bundled = binaries.postgres_home() / "bin" / "psql"
            if bundled.is_file():
                return str(bundled)
    if found := shutil.which("psql"):
        return found
    why = "the bundled psql speaks no TLS, and this machine has no other" if needs_tls else "there is no psql"
    raise LocalError(f"{why}: install PostgreSQL's client (apt-get install postgresql-client)")
