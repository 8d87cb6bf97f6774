"""The errors that a caller of the API sees; each carries its HTTP status and a stable code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in a request: `pointer` is a JSON pointer into the body or `#query/name`."""

    pointer: str
    detail: str


class HeadraceError(Exception):
    """Something a caller can be told. `detail` is a sentence for a person; it holds no secret."""

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        """Keep what the answer needs; `code` refines the class's own code."""
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        if code is not None:
            self.code = code


class UnauthorizedError(HeadraceError):
    """No credential, or a wrong one."""

    status, code, title = 401, "unauthorized", "Credential missing or wrong"


class NotFoundError(HeadraceError):
    """No such thing, or somebody else's."""

    status, code, title = 404, "not_found", "Not found"


class ConflictError(HeadraceError):
    """The thing's state does not allow this."""

    status, code, title = 409, "conflict", "Not possible in this state"


class PreconditionFailedError(HeadraceError):
    """The thing is no longer what the caller says that it is (If-Match)."""

    status, code, title = 412, "precondition_failed", "Changed meanwhile"


class BodyTooLargeError(HeadraceError):
    """The body, or a part of it, is over the limit of its route."""

    status, code, title = 413, "body_too_large", "The body is too large"


class InvalidError(HeadraceError):
    """The request is well-formed but wrong."""

    status, code, title = 422, "invalid_request", "The request is not valid"


class UnavailableError(HeadraceError):
    """A part that this answer needs is away; worth trying again."""

    status, code, title = 503, "unavailable", "Temporarily unavailable"


def worded(fault: Mapping[str, Any]) -> str:
    """Return what one of Pydantic's errors says; of one that our own validators raised, our words alone."""
    return str(fault["msg"]).removeprefix("Value error, ")
