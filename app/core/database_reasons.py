"""Why PostgreSQL cannot be used, in words for the log and for /ready: no host, user, password or text of the server."""

import socket
import ssl
from collections.abc import Iterator

NO_DATABASE = "PostgreSQL has no database of this name"
NO_LOGIN = "PostgreSQL refuses the user or the password"
NO_CONNECTION = "PostgreSQL has no connection left"
NOBODY = "nobody listens where PostgreSQL should"
NO_HOST = "the name of PostgreSQL's host is not known"
NO_ANSWER = "PostgreSQL gave no answer in time"
NO_TLS = "PostgreSQL does not speak TLS, which sslmode in DATABASE_URL demands"
SQLSTATES = {
    "25006": "PostgreSQL takes no writes here: it is a standby, or read-only",
    "28000": "PostgreSQL refuses this user, this machine or a connection without TLS (pg_hba.conf)",
    "28P01": NO_LOGIN,
    "3D000": NO_DATABASE,
    "42501": "PostgreSQL refuses this user the rights",
    "53100": "PostgreSQL's disk is full",
    "53300": NO_CONNECTION,
    "57P01": "PostgreSQL stops",
    "57P02": "PostgreSQL crashed",
    "57P03": "PostgreSQL is starting",
}


def reason(error: BaseException) -> str:
    """Return a sentence for an error of a statement or of a connection."""
    for one in _causes(error):
        if said := _word(one):
            return said
    return "PostgreSQL cannot be reached"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from, SQLAlchemy's `orig` before its cause; a group's first member."""
    seen: set[int] = set()
    following: list[BaseException | None] = [error]
    while following:
        one = following.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        following += [getattr(one, "orig", None), one.__cause__]


def _word(error: BaseException) -> str | None:
    if said := SQLSTATES.get(getattr(error, "sqlstate", None) or ""):
        return said
    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "it cannot be verified")
        return f"PostgreSQL's certificate is not trusted ({why}): see sslrootcert in DATABASE_URL"
    if isinstance(error, ssl.SSLError):
        return f"TLS with PostgreSQL fails ({str(error.reason or 'unknown').lower().replace('_', ' ')})"
    texts = _POOLERS if getattr(error, "sqlstate", None) == "08P01" else _TEXTS
    return _KINDS.get(type(error)) or next((said for word, said in texts.items() if word in str(error)), None)


_KINDS: dict[type[BaseException], str] = {
    ConnectionRefusedError: NOBODY,
    socket.gaierror: NO_HOST,
    FileNotFoundError: "there is no such socket of PostgreSQL",
    TimeoutError: NO_ANSWER,
}
_TEXTS = {
    "rejected SSL upgrade": NO_TLS,
    "target attribute requirement": "no host is PostgreSQL's primary, which target_session_attrs demands",
    # libpq's words, of a connection that fails; they have no SQLSTATE
    "session is read-only": "no host is PostgreSQL's primary, which target_session_attrs demands",
    "authentication failed": NO_LOGIN,
    'FATAL:  database "': NO_DATABASE,
    "too many clients": NO_CONNECTION,
    "starting up": SQLSTATES["57P03"],
    "certificate verify failed": "PostgreSQL's certificate is not trusted: see sslrootcert in DATABASE_URL",
    "does not match host name": "PostgreSQL's certificate is for another host: see sslmode in DATABASE_URL",
    "does not support SSL": NO_TLS,
    "channel binding": "PostgreSQL cannot bind the channel: write channel_binding=prefer into DATABASE_URL",
    "pg_hba.conf": SQLSTATES["28000"],
    "Connection refused": NOBODY,
    "failed to resolve host": NO_HOST,
    "timeout expired": NO_ANSWER,
}
# PgBouncer's words; it has one SQLSTATE for all.
_POOLERS = {
    "startup parameter": "the pooler before PostgreSQL refuses `options` of DATABASE_URL: leave them out, "
    "or name them in PgBouncer's ignore_startup_parameters",
    "no such database": NO_DATABASE,
    "does not exist": NO_DATABASE,
    "authentication failed": NO_LOGIN,
    "no such user": NO_LOGIN,
    "no more connections allowed": NO_CONNECTION,
    "query_wait_timeout": "the pooler before PostgreSQL has no server free",
    "login has been failing": "the pooler before PostgreSQL cannot sign in to it",
    "cannot connect to server": "the pooler before PostgreSQL cannot reach it",
}
