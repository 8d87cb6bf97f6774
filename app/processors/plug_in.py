"""Whether a job type of another package can be used: nothing about it is taken for granted."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, RootModel

from app.processors.base import JobType
from app.processors.prompts import Prompt

MAX_TIMEOUT_S = 86_400
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def fault_in(job_type: JobType[Any, Any]) -> str | None:
    """Return what keeps a job type from being used, None when nothing does."""
    return next(_faults(job_type), None)


def _faults(given: Any) -> Iterator[str]:
    if not (isinstance(given.name, str) and _NAME.fullmatch(given.name)):
        yield f"name {given.name!r}: lower-case letters, digits and _, at most 64, a letter first"
    for word in ("input_model", "result_model"):
        if not _is_object_model(getattr(given, word)):
            yield f"{word} must be a Pydantic model of an object"
    if not callable(given.run) or not (given.check is None or callable(given.check)):
        yield "run and check must be functions"
    if not isinstance(given.prompt, Prompt | None):
        yield "prompt must be a Prompt, or None for a type that asks no model"
    if not isinstance(given.timeout_s, int) or not 1 <= given.timeout_s <= MAX_TIMEOUT_S:
        yield f"timeout_s must be 1 to {MAX_TIMEOUT_S}"
    try:
        json.dumps([model.model_json_schema(by_alias=True) for model in (given.input_model, given.result_model)])
        json.dumps([given.title, given.description, given.example])
        given.input_model.model_validate(given.example)
    except Exception as error:  # noqa: BLE001 - whatever its models raise
        yield f"its models and its example do not go together ({type(error).__name__}: {str(error)[:200]})"


def _is_object_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel) and not issubclass(model, RootModel)
