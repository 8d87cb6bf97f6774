"""The log of this process, as a stream."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from app.core.logging import setup_logging
from app.core.settings import load_settings


@pytest.fixture
def log_as() -> Iterator[Callable[[str], io.StringIO]]:
    """Send the log of this process to a stream, in the form that is asked for."""
    root = logging.getLogger()
    before, level, configuration = list(root.handlers), root.level, structlog.get_config()
    stream = io.StringIO()

    def install(form: str) -> io.StringIO:
        setup_logging(load_settings(log_format=form))
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        return stream

    yield install
    root.handlers[:] = before
    logging.getLogger("uvicorn.error").filters.clear()
    root.setLevel(level)
    structlog.configure(**configuration)
