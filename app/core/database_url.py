"""DATABASE_URL: what it says, in whichever usual form, and in words what is wrong with it.

The meaning is libpq's. Environment variables such as PGSSLMODE change nothing: what is not in the URL has libpq's
default. Only a password may come from PGPASSWORD or a password file. Source: PostgreSQL, "Connection Strings".
"""

import getpass
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from app.core import database_tls
from app.core.database_tls import DatabaseTls
from app.core.url_parts import as_bool, as_port, one_of, shown, split_host, split_query, split_user

DEFAULT_PORT = 5432
CONNECT_TIMEOUT_S = 5
MAX_CONNECT_TIMEOUT_S = 600
SOCKET_FOLDERS = ("/run/postgresql", "/var/run/postgresql", "/tmp")  # noqa: S108 - where servers put them
FORM = "write postgresql://user:password@host:5432/database"
_SCHEME = re.compile(r"(postgres|postgresql)(\+[a-z0-9_]+)?://", re.IGNORECASE)
_POOLER = "leave it out: a pooler such as PgBouncer is noticed"
_BOUNDED = "leave it out: Headrace bounds its statements itself"
# What libpq does not know, or what cannot be kept with both drivers, and what to do instead.
_INSTEAD = {
    "client_encoding": "leave it out: it is UTF-8",
    "command_timeout": _BOUNDED,
    "connection_limit": "set DATABASE_POOL_SIZE",
    "hostaddr": "write the address as the host",
    "keepalives": "leave it out: an idle connection is tried before it is used",
    "krbsrvname": "use a password or a client's certificate",
    "max_overflow": "set DATABASE_POOL_SIZE",
    "pool_size": "set DATABASE_POOL_SIZE",
    "prepared_statement_cache_size": _POOLER,
    "prepared_statement_name_func": _POOLER,
    "require_auth": "leave it out, or write channel_binding=require",
    "schema": "write options=-csearch_path%3DNAME",
    "search_path": "write options=-csearch_path%3DNAME",
    "server_settings": "write options=-cNAME%3DVALUE",
    "service": "write into the URL what it stands for",
    "socket_timeout": _BOUNDED,
    "ssl_ca": "write sslrootcert",
    "ssl_cert": "write sslcert",
    "ssl_key": "write sslkey",
    "sslcrldir": "write sslcrl, one file",
    "statement_cache_size": _POOLER,
    "statement_timeout": _BOUNDED,
    "timeout": "write connect_timeout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """Where PostgreSQL is and how to talk to it. A host that begins with / is a folder of unix sockets."""

    hosts: tuple[tuple[str, int], ...]
    user: str
    password: str | None = field(default=None, repr=False)
    database: str = ""
    tls: DatabaseTls = field(default_factory=DatabaseTls)
    application_name: str = ""
    connect_timeout_s: int = CONNECT_TIMEOUT_S
    options: str = ""
    target_session_attrs: str = "any"
    load_balance_hosts: str = "disable"
    passfile: str = ""
    pgbouncer: bool = False


def parse(url: str) -> DatabaseAddress:
    """Read a URL. Raises: ValueError, in words that hold no password and say what to write instead."""
    text = url.strip()
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise ValueError(_no_scheme(text))
    user, password, rest = split_user(text[scheme.end() :])
    place, _, query = rest.partition("?")
    authority, _, path = place.partition("/")
    pairs = split_query(query)
    given = {name: value for name, value in pairs if name not in {"host", "port"}}
    hosts = [one for name, value in pairs if name == "host" for one in value.split(",")]
    ports = [one for name, value in pairs if name == "port" for one in value.split(",")]
    user = given.pop("user", "") or user or getpass.getuser()
    database = given.pop("database", "")  # the word of SQLAlchemy and asyncpg
    found = DatabaseAddress(
        hosts=tuple(_hosts(hosts or [unquote(one) for one in authority.split(",")], ports)),
        user=user,
        password=given.pop("password", "") or password or None,
        database=given.pop("dbname", "") or database or unquote(path) or user,
        tls=database_tls.take(given),
        application_name=_application_name(given),
        connect_timeout_s=_seconds(given.pop("connect_timeout", "")),
        options=given.pop("options", ""),
        target_session_attrs=_target(given.pop("target_session_attrs", "any")),
        load_balance_hosts=one_of(given, "load_balance_hosts", ("disable", "random")),
        passfile=given.pop("passfile", ""),
        pgbouncer=as_bool("pgbouncer", given.pop("pgbouncer", "false")),
    )
    for name in given:
        raise ValueError(_unknown(name))
    return found


def _no_scheme(text: str) -> str:
    if text[:1] in {"'", '"'}:
        return "leave out the quotes around it"
    if text.startswith("jdbc:"):
        return f"leave out the jdbc: before it, and {FORM}"
    scheme, separator, _ = text.partition("://")
    if separator and shown(scheme) == scheme:
        return f"{scheme}:// is not PostgreSQL's: {FORM}"
    return f"it is no URL: {FORM}"


def _hosts(names: list[str], ports: list[str]) -> Iterator[tuple[str, int]]:
    if ports and len(ports) not in {1, len(names)}:
        raise ValueError(f"{len(ports)} ports for {len(names)} hosts: write one port, or one for each host")
    for number, name in enumerate(names):
        listed = as_port(ports[number % len(ports)] if ports else "", default_port=DEFAULT_PORT)
        host, port = (name, listed) if name.startswith("/") else split_host(name, default_port=listed)
        yield host or _nearest(port), port


def _nearest(port: int) -> str:
    """Return where a server is when no host is named: at a unix socket of this machine, else on localhost."""
    return next((one for one in SOCKET_FOLDERS if Path(one, f".s.PGSQL.{port}").exists()), "localhost")


def _application_name(given: dict[str, str]) -> str:
    fallback = given.pop("fallback_application_name", "")
    return given.pop("application_name", "") or fallback


def _target(word: str) -> str:
    if word in {"any", "read-write", "primary"}:
        return word
    why = "Headrace writes" if word in {"read-only", "standby", "prefer-standby"} else "there is no such word"
    raise ValueError(f"target_session_attrs={shown(word)}: {why}; write read-write, primary or any")


def _seconds(text: str) -> int:
    if not text:
        return CONNECT_TIMEOUT_S
    if not text.isdecimal() or not 1 <= int(text) <= MAX_CONNECT_TIMEOUT_S:
        raise ValueError(f"connect_timeout={shown(text)}: write whole seconds, 1 to {MAX_CONNECT_TIMEOUT_S}")
    return int(text)


def _unknown(name: str) -> str:
    plain = "keepalives" if name.startswith(("keepalives_", "tcp_user_")) else name.lower()
    instead = _INSTEAD.get(plain) or (_INSTEAD["server_settings"] if "." in name else None)
    if instead is None:
        known = [one.name for one in (*fields(DatabaseAddress), *fields(DatabaseTls)) if one.name != "tls"]
        close = get_close_matches(plain.replace("-", "_"), [*known, "host", "port", "dbname", "connect_timeout"], n=1)
        instead = f"did you mean {close[0]}?" if close else "libpq's parameters are, such as sslmode; leave it out"
    return f"{shown(name)} is not known: {instead}"
