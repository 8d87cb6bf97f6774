"""How errors and JSON bodies look on the wire: problem+json (RFC 9457) out, strictly parsed JSON in."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, ValidationError
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core import strict_json, words
from app.core.database_errors import is_away, is_full, is_of_database
from app.core.errors import FieldError, HeadraceError, InvalidError, UnavailableError
from app.core.logging import get_logger
from app.core.routes import OPTIONS, Routes
from app.core.security_headers import DEFAULT_HEADERS

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
NO_CONTENT, NOT_ALLOWED = 204, 405
MAX_FAULTS = 1000  # that an answer tells
MAX_POINTER_CHARS = 500
MAX_DETAIL_CHARS = 2000
M = TypeVar("M", bound=BaseModel)
_JSON = re.compile(r"application/([\w.+-]+\+)?json")
_log = get_logger(__name__)
_HTTP_CODES = {
    400: ("malformed_request", "The request could not be read"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "Method not allowed"),
    408: ("request_timeout", "The request took too long"),
    413: ("body_too_large", "The body is too large"),
}


class Fault(BaseModel):
    """One wrong part of a request: a JSON pointer into the body, or `#query/name`, and what is wrong there."""

    pointer: str
    detail: str


class OpenAIError(BaseModel):
    """The same once more, where clients of OpenAI's API look for it."""

    message: str
    type: str
    param: str | None
    code: str


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457. `detail` is a sentence for a person; programs go by `code`."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, Field(description="Stable, snake_case.")]
    request_id: str | None
    error: OpenAIError
    errors: Annotated[list[Fault] | None, Field(description="Only where single parts are wrong.")] = None


class MalformedError(HeadraceError):
    """The body is no JSON at all."""

    status, code, title = 400, "malformed_json", "The body is not JSON"


class UnsupportedMediaError(HeadraceError):
    """The body is of a kind, or packed in a way, that this route does not read."""

    status, code, title = 415, "unsupported_media_type", "The body is of another kind"


class _BodyRefused(HTTPException):
    """Carries one of our errors through FastAPI's body parsing, which lets only its own errors pass."""

    def __init__(self, error: HeadraceError) -> None:
        super().__init__(error.status)
        self.error = error


class StrictRequest(Request):
    """A request whose JSON body holds only what PostgreSQL can keep."""

    @property
    def media_type(self) -> str:
        """What the headers call the body, in small letters and without parameters; empty if they say nothing."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def has_body(self) -> bool:
        """Whether the headers announce a body."""
        return "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0"

    def refuse_other_media(self, others: Collection[str] = ()) -> None:
        """Raise UnsupportedMediaError for a body that is by its headers no plain JSON, nor one of `others`.

        It has not been read then.
        """
        if not self.has_body:
            return
        encodings = self.headers.get("content-encoding", "identity").strip().lower()
        if encodings not in {"", "identity"}:
            detail = f"Content-Encoding: {encodings[:40]} is not taken here; send the body as it is, uncompressed."
            raise UnsupportedMediaError(detail, headers={"Accept-Encoding": "identity"})
        kind = self.media_type
        if kind not in others and not _JSON.fullmatch(kind):
            found = f"here it is {kind[:80]}" if kind else "there is none"
            detail = f"Send JSON with the header Content-Type: application/json; {found}."
            raise UnsupportedMediaError(detail, headers={"Accept": "application/json"})

    async def json(self) -> Any:
        """Return the body's value. Raises: an error that FastAPI lets pass, and that is answered as a problem."""
        try:
            return await strict_json.parsed(strict_json.loads, await self.body())
        except strict_json.RefusedJSONError as error:
            raise _BodyRefused(refused(error)) from None

    async def unless_within(self, max_bytes: int) -> AsyncIterator[bytes] | None:
        """Read a body of at most so many bytes, and return None; else return it as it comes, from the beginning."""
        begun, size = [], 0
        stream = self.stream()
        async for chunk in stream:
            begun.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                return _chained(begun, stream)
        self._body = b"".join(begun)
        return None

    async def usual_body(self, model: type[M]) -> M | None:
        """Return the body of a usual request as `model`; None for whatever FastAPI would word an error about."""
        try:
            if self.headers.get("content-type") != "application/json" or not await self.body():
                return None
            value = await self.json()
            return model.model_validate(value) if isinstance(value, dict) else None
        except (ClientDisconnect, ValidationError):
            return None


Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class StrictRoute(APIRoute):
    """A route that reads its JSON body strictly."""

    other_media: Collection[str] = ()  # media types that it takes beside JSON

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        """Hand FastAPI a request with our parser."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            ours = StrictRequest(request.scope, request.receive)
            if self.body_field is not None:
                self.refuse_other_media(ours)
            return await self.answer(ours, handler)

        return strict

    def refuse_other_media(self, request: StrictRequest) -> None:
        """Raise UnsupportedMediaError for a body that this route does not read."""
        request.refuse_other_media(self.other_media)

    async def answer(self, request: StrictRequest, handler: Handler) -> Response:
        """Answer a request; `handler` is FastAPI's way."""
        return await handler(request)


async def _chained(begun: Iterable[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in begun:
        yield chunk
    async for chunk in rest:
        yield chunk


def refused(error: strict_json.RefusedJSONError, *, under: str = "") -> HeadraceError:
    """Return what a caller is told of refused JSON; `under` points to where in the body it stands."""
    fault = FieldError(f"#{under}{error.pointer}", error.detail)
    kind = MalformedError if error.malformed else InvalidError
    return kind(f"{fault.pointer}: {fault.detail}", errors=[fault])


def content_of(error: HeadraceError, instance: str) -> dict[str, Any]:
    """Return an error as problem+json; `instance` is the path that was asked for.

    The `error` member is what OpenAI's client reads.
    """
    faults = [
        {"pointer": one.pointer[:MAX_POINTER_CHARS], "detail": one.detail[:MAX_DETAIL_CHARS]}
        for one in error.errors[:MAX_FAULTS]
    ]
    pointer, detail = faults[0]["pointer"] if faults else None, error.detail[:MAX_DETAIL_CHARS]
    content: dict[str, Any] = {
        "type": f"urn:headrace:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": detail,
        "instance": instance,
        "code": error.code,
        "request_id": correlation_id.get(),
        "error": {"message": detail, "type": error.title, "param": pointer, "code": error.code},
    }
    if faults:
        content["errors"] = faults
    return content


def problem(request: Request, error: HeadraceError) -> JSONResponse:
    """Answer with an error."""
    headers = DEFAULT_HEADERS | error.headers  # here too, since the last resort answers outside of all middleware
    return JSONResponse(content_of(error, request.url.path), error.status, headers=headers, media_type=MEDIA_TYPE)


def _from_validation(error: RequestValidationError) -> InvalidError:
    faults = [FieldError(_pointer(one["loc"]), words.of_body(one)) for one in error.errors()]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return InvalidError(f"{faults[0].pointer}: {faults[0].detail}{more}", errors=faults)


def _pointer(location: Sequence[int | str]) -> str:
    place, *rest = location
    path = "/".join(str(part) for part in rest)
    return ("#/" + path).rstrip("/") if place == "body" else f"#{place}/{path}"


def _from_http(error: HTTPException) -> HeadraceError:
    code, title = _HTTP_CODES.get(error.status_code, ("http_error", "The request failed"))
    known = HeadraceError(str(error.detail), code=code, headers=error.headers)
    known.status, known.title = error.status_code, title
    return known


def from_unexpected(request: Request, error: Exception) -> HeadraceError:
    """Return what a caller is told of an error that is none of ours; the log has the rest."""
    if is_of_database(error) and is_away(error):
        _log.warning("database_away", path=request.url.path, error=type(error).__name__)
        detail = "The database cannot be reached."
        if request.method == "POST":  # the connection may have broken between the commit and its answer
            detail += " What was sent may be stored all the same; an Idempotency-Key makes it safe to repeat."
        return UnavailableError(detail, code="database_unavailable", headers={"Retry-After": str(RETRY_AFTER_S)})
    if is_full(error):
        _log.error("disk_full", path=request.url.path)
        full = UnavailableError("The server's disk is full; nothing was stored.", code="disk_full")
        full.status = 507
        return full
    _log.error("unexpected_error", path=request.url.path, exc_info=error)
    return HeadraceError("Something unexpected went wrong; the log has it under this request id.")


def not_allowed(request: Request, allowed: Sequence[str], otherwise: Mapping[str, str] | None = None) -> Response:
    """Say which methods a path has: all that are `allowed`, not only those of the first route there."""
    headers = {"Allow": ", ".join(allowed)} if allowed else dict(otherwise or {})
    if request.method == OPTIONS:
        return Response(status_code=NO_CONTENT, headers=headers)
    detail = f"{request.method} is not possible here; what is: {headers.get('Allow', 'nothing')}."
    return problem(request, _from_http(HTTPException(NOT_ALLOWED, detail, headers)))


def install(app: FastAPI, routes: Routes) -> None:
    """Make every error of an application a problem+json; `routes` say which methods a path has."""

    async def known(request: Request, error: Exception) -> Response:
        match error:
            case _BodyRefused():
                return problem(request, error.error)
            case HeadraceError():
                return problem(request, error)
            case RequestValidationError():
                return problem(request, _from_validation(error))
            case HTTPException(status_code=405):
                return not_allowed(request, routes.allowed(get_route_path(request.scope)), error.headers)
            case HTTPException():
                return problem(request, _from_http(error))
            case _:
                return problem(request, from_unexpected(request, error))

    for kind in (HeadraceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, known)
