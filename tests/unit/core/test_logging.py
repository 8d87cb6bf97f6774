"""What a log line looks like, and what never stands in one."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from app.core.logging import get_logger
from app.core.tracebacks import format_error

MARK = "marker-of-a-caller"


def fail() -> None:
    try:
        dict[str, str]()[MARK]
    except KeyError as error:
        raise ValueError(f"cannot read {MARK}") from error


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("of", ["ours", "a library's"])
def test_an_error_is_told_by_its_kind_and_place_but_not_by_its_message(
    log_as: Callable[[str], io.StringIO], form: str, of: str
) -> None:
    stream = log_as(form)
    try:
        fail()
    except ValueError as error:
        if of == "ours":
            get_logger("tests").error("went_wrong", exc_info=error)
        else:
            logging.getLogger("a.library").exception("went_wrong")
    text = stream.getvalue()
    assert MARK not in text
    assert "went_wrong" in text
    assert "in fail" in text
    assert text.index("KeyError") < text.index("ValueError")


def test_a_line_of_json_has_its_level_event_and_time(log_as: Callable[[str], io.StringIO]) -> None:
    stream = log_as("json")
    with structlog.contextvars.bound_contextvars(job_id="j1", request_id="r1"):
        get_logger("tests").info("started", queue="default")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "started", "level": "info", "queue": "default", "job_id": "j1", "request_id": "r1"}
    assert '"event": "started"' in stream.getvalue()  # the form that the runbook greps for


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("cannot connect to redis://:s3cret@host:6379/0", "cannot connect to redis://***@host:6379/0"),
        ("postgresql+asyncpg://user:s3cret@host/x is away", "postgresql+asyncpg://***@host/x is away"),
        ("Authorization: Bearer s3cret.s3cret", "Authorization: ***"),
        ("refused sk-s3cret-0123", "refused ***"),
        ("see http://host:8000/path", "see http://host:8000/path"),
    ],
)
def test_what_a_library_says_of_a_secret_is_masked(log_as: Callable[[str], io.StringIO], said: str, shown: str) -> None:
    stream = log_as("json")
    logging.getLogger("a.library").warning("%s", said)
    assert json.loads(stream.getvalue())["event"] == shown


def test_a_group_shows_each_of_its_errors_and_a_cycle_ends() -> None:
    first, second = ValueError(MARK), OSError(28, "No space left on device")
    first.__cause__ = second
    second.__cause__ = first
    text = format_error(ExceptionGroup(MARK, [first, ModuleNotFoundError("No module named 'x'")]))
    assert MARK not in text
    assert text.count("ValueError") == 1
    assert "OSError: No space left on device" in text
    assert "ModuleNotFoundError: No module named 'x'" in text


def test_an_error_of_the_database_shows_its_code() -> None:
    class Refused(Exception):  # noqa: N818 - as asyncpg's own
        sqlstate = "23514"

    error: Any = RuntimeError(MARK)
    error.orig = Refused(f"Failing row contains ({MARK})")
    assert format_error(error) == "RuntimeError (SQLSTATE 23514)"


def test_an_error_that_was_answered_is_not_told_twice(log_as: Callable[[str], io.StringIO]) -> None:
    stream = log_as("json")
    log_as("json")  # as safe to call again as it says
    for said in ("Exception in ASGI application\n", "Uvicorn is running"):
        logging.getLogger("uvicorn.error").error(said)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["Uvicorn is running"]


@pytest.mark.parametrize("of", ["ours", "a library's"])
def test_a_terminal_obeys_nobody_s_path(log_as: Callable[[str], io.StringIO], of: str) -> None:
    stream = log_as("console")
    path = "/\x1b[2J\x9b31m\r\n2026 [info] forged\u202e\x7f\x00\ud800"
    if of == "ours":
        get_logger("tests").info("asked", path=path)
    else:
        logging.getLogger("a.library").warning("%s", path)
    shown = stream.getvalue()
    assert shown.count("\n") == 1
    assert all(char.isprintable() for char in shown.rstrip("\n"))
    assert r"\x1b[2J" in shown
