"""Log lines: one format for all libraries, with the request's and the job's ids, never an input or a secret."""

import logging
import re
import sys
from typing import Any, Literal, TextIO

import structlog
from asgi_correlation_id import correlation_id

from app.core.settings import Settings
from app.core.tracebacks import format_error

# Libraries that tell at INFO what our own lines tell better, or that would tell inputs.
NOISY = ("httpx2", "httpcore2", "openai", "uvicorn.access", "celery.app.trace", "celery.worker.strategy", "asyncio")
# What a library may say of a URL, a header or a key. Our own lines hold none of it.
_SECRETS = re.compile(
    r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)|(?i:bearer|basic)\s+[\w.~+/=-]{8,}|\b(?:sk|pk|rk|hr|whsec)[-_][\w.-]{6,}"
)
# What moves the cursor, ends a line, or turns the direction of what follows.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def _add_request_id(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if "request_id" not in event and (request_id := correlation_id.get()):
        event["request_id"] = request_id
    return event


def _drop_colour(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.pop("color_message", None)  # uvicorn's second copy of its line
    return event


def _mask_secrets(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["event"] = _SECRETS.sub("***", str(event["event"]))
    return event


def _escape_controls(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Show what a terminal would obey; strangers choose paths and methods, and JSON escapes such characters itself."""
    return {name: _printable(value) if isinstance(value, str) else value for name, value in event.items()}


def _printable(text: str) -> str:
    return _CONTROLS.sub(lambda found: found.group().encode("unicode_escape", "surrogatepass").decode(), text)


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Exception in ASGI application")


def setup_logging(settings: Settings) -> None:
    """Send every logger of this process to standard error in one format; safe to call again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _drop_colour,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # first: what nobody reads costs nothing
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _mask_secrets],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer(_format(settings))],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "celery", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Starlette raises what we have answered and logged once more, for servers that would not know of it.
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    for name in NOISY:
        logging.getLogger(name).setLevel("WARNING")


def _format(settings: Settings) -> Literal["console", "json"]:
    if settings.log_format != "auto":
        return settings.log_format
    return "json" if settings.env == "production" else "console"


def _renderer(form: Literal["console", "json"]) -> list[Any]:
    if form == "json":
        return [
            structlog.processors.ExceptionRenderer(lambda exc_info: format_error(exc_info[1])),
            structlog.processors.JSONRenderer(),
        ]
    return [
        _escape_controls,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=_write_error),
    ]


def _write_error(stream: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    stream.write("\n" + format_error(exc_info[1]))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
