"""Makes the result that is stored of what a job type's code returned: a JSON object that fits its result model.

Job types come from other packages, too. Each of their mistakes becomes a failed outcome here, and none is raised.
"""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from app.core import strict_json
from app.core.errors import worded
from app.jobs.outcomes import Completed, Failed, JobError, Outcome
from app.processors.base import JobType, ProcessorError

PROCESSOR_CRASHED = "processor_crashed"
MAX_MESSAGE_CHARS = 2000
MAX_PARTIAL_BYTES = 4_000_000
_MAX_FAULTS = 3
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class UnfitError(Exception):
    """A returned value that cannot be stored; the message says why and quotes no input."""


def outcome_of(job_type: JobType[Any, Any], returned: object, *, max_bytes: int) -> Outcome:
    """Return the outcome of an attempt whose code ended by returning something."""
    try:
        kept = _document(_model(job_type, returned))
    except UnfitError as error:
        kind = type(returned).__qualname__
        return Failed(JobError(PROCESSOR_CRASHED, f"The code of {job_type.name} returned {_a(kind)}{error}"))
    except strict_json.RefusedJSONError as error:
        return Failed(JobError("invalid_output", f"The result of {job_type.name} cannot be kept: {error.detail}"))
    size = len(json.dumps(kept, ensure_ascii=False).encode())
    if size > max_bytes:
        return Failed(JobError("result_too_large", f"The result has {size} bytes; the limit is {max_bytes}."))
    return Completed(kept)


def fault_of(error: ProcessorError) -> JobError:
    """Return what a job type says of its own failure, as far as it can be kept."""
    code, message, pointer = str(error.code), str(error.message), error.pointer
    return JobError(
        code if _CODE.fullmatch(code) else "processor_error",
        strict_json.clean(message)[:MAX_MESSAGE_CHARS],
        strict_json.clean(pointer)[:MAX_MESSAGE_CHARS] if isinstance(pointer, str) else None,
    )


def partial_of(partial: object) -> Mapping[str, Any] | None:
    """Return the partial result of a failed job, None where it cannot be stored."""
    if not isinstance(partial, BaseModel):
        return None
    try:
        kept = _document(partial)
    except (UnfitError, strict_json.RefusedJSONError):
        return None
    return kept if len(json.dumps(kept, ensure_ascii=False).encode()) <= MAX_PARTIAL_BYTES else None


def _model(job_type: JobType[Any, Any], returned: object) -> BaseModel:
    if isinstance(returned, job_type.result_model):
        return returned  # type: ignore[no-any-return]
    wanted = job_type.result_model.__qualname__
    if inspect.iscoroutine(returned):
        returned.close()
        raise UnfitError(f", which it did not await; {wanted} is wanted.")
    if not isinstance(returned, Mapping):
        raise UnfitError(f"; {wanted} is wanted.")
    try:
        return _validated(job_type.result_model, returned)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        listed = "; ".join(f"{'/'.join(map(str, one['loc'])) or 'it'}: {worded(one)}" for one in faults[:_MAX_FAULTS])
        raise UnfitError(f" that does not fit {wanted}: {listed}") from None
    except Exception as error:
        raise UnfitError(f" at which {wanted} raised {type(error).__qualname__}.") from error


def _validated(model: type[BaseModel], returned: Mapping[Any, Any]) -> BaseModel:
    """Return the model of a dict, whose values are Python's or those that JSON has, such as a list for a tuple."""
    try:
        return model.model_validate(dict(returned))
    except ValidationError as first:
        try:
            return model.model_validate_json(json.dumps(dict(returned)))
        except (ValidationError, TypeError, ValueError):
            raise first from None


def _document(result: BaseModel) -> dict[str, Any]:
    """Return the JSON object of a model. Raises: UnfitError; RefusedJSONError for NaN and what is nested too deeply."""
    try:
        plain = result.model_dump(warnings=False)
        strict_json.refuse_unstorable(plain, texts=False)  # in JSON mode NaN becomes null without a word
        kept = strict_json.clean(result.model_dump(mode="json", by_alias=True, warnings=False))
        json.dumps(kept)
    except strict_json.RefusedJSONError:
        raise
    except PydanticSerializationError as error:
        found = re.search(r"Unable to serialize unknown type: .*", str(error))
        raise UnfitError(f", which JSON cannot hold{': ' + found[0] if found else ''}.") from error
    except Exception as error:
        raise UnfitError(f", which JSON cannot hold ({type(error).__qualname__}).") from error
    if not isinstance(kept, dict):
        raise UnfitError(f", which is {_a(type(kept).__name__)} in JSON; an object is wanted.")
    return kept


def _a(kind: str) -> str:
    if kind == "NoneType":
        return "nothing (None)"
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
