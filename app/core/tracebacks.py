"""Tracebacks for the log: where an error was raised and of what kind it is, without its message.

A message may quote what a caller has sent (a KeyError its key, PostgreSQL a whole row), and that must not reach a log.
"""

import traceback
from collections.abc import Iterator

from app.core.database_errors import sqlstate

MOST_ERRORS = 10


def format_error(error: BaseException) -> str:
    """Return the error and what led to it, the root of it first, each with its own frames."""
    chain = list(_chain(error))[:MOST_ERRORS]
    return "\n".join("".join([*traceback.format_tb(one.__traceback__), _name(one)]) for one in reversed(chain))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        if before := one.__cause__ or (None if one.__suppress_context__ else one.__context__):
            waiting.append(before)


def _name(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, ImportError):
        return f"{name}: {error.msg}"  # of a module, never of a caller's
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    return f"{name} (SQLSTATE {state})" if (state := sqlstate(error)) else name
