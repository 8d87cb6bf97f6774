"""Reads a large batch job by job as it arrives, so that only one job of it is in memory.

Python's parser would take a batch as a whole: many times its bytes in memory, and the loop for seconds.
"""

import re
from collections.abc import AsyncIterator
from functools import partial

from pydantic import ValidationError

from app.core import strict_json
from app.core.errors import FieldError, HeadraceError, InvalidError
from app.core.problems import refused
from app.core.strict_json import RefusedJSONError
from app.jobs.api.job_check import field_errors
from app.jobs.schemas import MAX_BATCH, JobCreate

FIRST_TRY_BYTES = 65_536
_BLANKS = rb"[ \t\r\n]*"
_BEGIN = re.compile(rb'(?:\xef\xbb\xbf)?%b\{%b"jobs"%b:%b\[' % ((_BLANKS,) * 4))
_BETWEEN = re.compile(_BLANKS)
_FORM = 'a batch of this size is {"jobs": [...]} and nothing beside it'


class JobTooLargeError(HeadraceError):
    """A job of a batch is larger than one that is sent alone may be."""

    status, code, title = 413, "body_too_large", "The body is too large"


class BatchBody:
    """The jobs of one body."""

    def __init__(self, chunks: AsyncIterator[bytes], *, job_max_bytes: int) -> None:
        """Read nothing yet; `job_max_bytes` is how large each may be."""
        self._chunks = chunks
        self._job_max_bytes = job_max_bytes
        self._buffer = bytearray()
        self._has_ended = False

    async def jobs(self) -> AsyncIterator[JobCreate | list[FieldError]]:
        """Yield each job, or what is wrong with it.

        Raises: InvalidError and others for what ends the reading, such as a form that is none of a batch.
        """
        await self._need(FIRST_TRY_BYTES)
        self._skip_beginning()
        for index in range(MAX_BATCH):
            await self._skip_blanks()
            yield await self._job(index)
            await self._skip_blanks()
            sign = bytes(self._buffer[:1])
            if sign not in {b",", b"]"}:
                raise refused(RefusedJSONError("a comma or the end of the list is missing", malformed=True))
            del self._buffer[:1]
            if sign == b"]":
                break
        else:
            fault = FieldError("#/jobs", f"List should have at most {MAX_BATCH} items after validation, not more")
            raise InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault])
        await self._skip_blanks()
        is_closed = self._buffer[:1] == b"}"
        del self._buffer[:1]
        await self._skip_blanks()
        if self._buffer or not is_closed:
            raise refused(RefusedJSONError(_FORM))

    def _skip_beginning(self) -> None:
        found = _BEGIN.match(self._buffer)
        if found is None:
            raise refused(RefusedJSONError(_FORM))
        del self._buffer[: found.end()]

    async def _skip_blanks(self) -> None:
        """Read until something else is there, or no more comes; what was read over is not looked at again."""
        while not self._has_ended or self._buffer:
            if found := _BETWEEN.match(self._buffer):
                del self._buffer[: found.end()]
            if self._buffer:
                return
            await self._need(1)

    async def _need(self, size: int) -> None:
        """Read until so many bytes are there, or no more come."""
        while len(self._buffer) < size and not self._has_ended:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self._has_ended = True
            else:
                self._buffer += chunk

    async def _job(self, index: int) -> JobCreate | list[FieldError]:
        pointer = f"/jobs/{index}"
        size = min(FIRST_TRY_BYTES, self._job_max_bytes)
        while True:
            await self._need(size)
            window = bytes(self._buffer[:size])
            is_all = self._has_ended and len(window) == len(self._buffer)
            try:
                value, used = await strict_json.parsed(partial(strict_json.load_first, is_all=is_all), window)
                break
            except strict_json.IncompleteError:
                if size >= self._job_max_bytes:
                    detail = f"Job {index} of the batch is larger than {self._job_max_bytes} bytes."
                    raise JobTooLargeError(detail, headers={"Connection": "close"}) from None
                size = min(2 * size, self._job_max_bytes)
            except RefusedJSONError as error:
                raise refused(error, under=pointer) from None
        del self._buffer[:used]
        try:
            strict_json.check(value, window[:used])
            return JobCreate.model_validate(value)
        except RefusedJSONError as error:
            return [FieldError(f"#{pointer}{error.pointer}", error.detail)]
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            return field_errors(found, f"#{pointer}")
