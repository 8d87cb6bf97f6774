"""What an error of PostgreSQL means: it is away, its disk is full, or a statement was not what it seemed."""

from asyncpg.exceptions import InvalidCachedStatementError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.core import metrics

READ_ONLY_SQLSTATE = "25006"
# 57P0x: the server stops, crashed or starts; 53300: too many connections; 3D000: no such database (yet); 25006: it
# takes no writes, as after a failover; 28: it does not let us in. Source: PostgreSQL, appendix A.
# 53200, 53400: no memory, no room of another kind; 58030: its disk fails; 57P05, 25P03: it ended an idle connection.
AWAY_SQLSTATES = frozenset(
    {
        *("57P01", "57P02", "57P03", "57P04", "57P05", "53200", "53300", "53400", "58030", "25P03", "3D000"),
        READ_ONLY_SQLSTATE,
    }
)
AWAY_CLASSES = frozenset({"08", "28"})
DISK_FULL_SQLSTATE = "53100"
UNIQUE_SQLSTATE = "23505"
# A statement that was prepared is not there, or another of its name is: a pooler gave us another server.
STALE_SQLSTATES = frozenset({"26000", "42P05"})
ERROR_KINDS = ("away", "full", "other")
_OF_DATABASE = "_headrace_of_database"


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of a database error, or None."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def is_away(error: BaseException) -> bool:
    """Say whether an error means that PostgreSQL could not be reached, so that the same call may work later."""
    if isinstance(error, (PoolTimeoutError, OSError, TimeoutError)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = sqlstate(error) or ""
    return (
        error.connection_invalidated
        or state[:2] in AWAY_CLASSES
        or state in AWAY_SQLSTATES
        or is_stale(error)
        or (not state and isinstance(error, (InterfaceError, OperationalError)))
    )


def mark(error: BaseException) -> None:
    """Mark an error as one that came out of a statement."""
    setattr(error, _OF_DATABASE, True)


def is_of_database(error: BaseException) -> bool:
    """Say whether an error came out of a statement; files, sockets and clocks have errors of the same kinds."""
    return getattr(error, _OF_DATABASE, False)


def is_stale(error: BaseException) -> bool:
    """Say whether a prepared statement was not, or no longer, what it was taken for; nothing was executed then."""
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    return sqlstate(error) in STALE_SQLSTATES or isinstance(cause, InvalidCachedStatementError)


def is_broken(error: BaseException) -> bool:
    """Say whether a statement found its connection dead, so that another connection may serve it at once."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_full(error: BaseException) -> bool:
    """Say whether PostgreSQL refused a write because its disk is full."""
    return sqlstate(error) == DISK_FULL_SQLSTATE


def count(error: BaseException) -> None:
    """Count an error of the database; one that a transaction's own block raised is none."""
    if is_away(error) or isinstance(error, DBAPIError):
        kind = "away" if is_away(error) else "full" if is_full(error) else "other"
        metrics.DATABASE_ERRORS.labels(kind).inc()
