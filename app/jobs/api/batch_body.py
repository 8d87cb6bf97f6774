"""Reads a large batch job by job as it arrives, so that only one job of it is in memory.

Python's parser would take a batch as a whole: many times its bytes in memory, and the loop for seconds.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from pydantic import ValidationError

from app.core import strict_json
from app.core.errors import BodyTooLargeError, FieldError, InvalidError
from app.core.problems import refused
from app.core.strict_json import RefusedJSONError
from app.jobs.api.job_check import field_errors
from app.jobs.schemas import MAX_BATCH, JobCreate

FIRST_TRY_BYTES = 65_536
LEAST_TRY_BYTES = 1024
LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
_BLANKS = rb"[ \t\r\n]*"
_BEGIN = re.compile(rb'(?:\xef\xbb\xbf)?%b\{%b"jobs"%b:%b\[' % ((_BLANKS,) * 4))
_BETWEEN = re.compile(_BLANKS)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORM = 'a batch of this size is {"jobs": [...]} and nothing beside it'


class ArrivingJobs(ABC):
    """The jobs of one body, in their order."""

    def __init__(self, chunks: AsyncIterator[bytes], *, job_max_bytes: int) -> None:
        """Read nothing yet; `job_max_bytes` is how large each may be."""
        self._chunks = chunks
        self._job_max_bytes = job_max_bytes
        self._buffer = bytearray()
        self._has_ended = False

    @abstractmethod
    def jobs(self) -> AsyncIterator[JobCreate | list[FieldError]]:
        """Yield each job, or what is wrong with it.

        Raises: InvalidError and others for what ends the reading, such as a form that is none of a batch.
        """

    async def _read_more(self) -> None:
        chunk = await anext(self._chunks, None)
        if chunk is None:
            self._has_ended = True
        else:
            self._buffer += chunk

    async def _need(self, size: int) -> None:
        """Read until so many bytes are there, or no more come."""
        while len(self._buffer) < size and not self._has_ended:
            await self._read_more()

    async def _skip_blanks(self) -> None:
        """Read until something else is there, or no more comes; what was read over is not looked at again."""
        while not self._has_ended or self._buffer:
            if found := _BETWEEN.match(self._buffer):
                del self._buffer[: found.end()]
            if self._buffer:
                return
            await self._need(1)

    def _too_large(self, index: int) -> BodyTooLargeError:
        detail = f"Job {index} of the batch is larger than {self._job_max_bytes} bytes."
        return BodyTooLargeError(detail, headers={"Connection": "close"})


def _refused_number(wanted: str) -> InvalidError:
    """Say how many jobs a batch may have, as it is said of a small one."""
    fault = FieldError("#/jobs", wanted)
    return InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault])


def _too_many() -> InvalidError:
    return _refused_number(f"name at most {MAX_BATCH}")


def _checked(value: Any, source: bytes, pointer: str) -> JobCreate | list[FieldError]:
    """Return the job that a value is; `source` is the text that it was parsed from."""
    try:
        strict_json.check(value, source)
        return JobCreate.model_validate(value)
    except RefusedJSONError as error:
        return [FieldError(f"#{pointer}{error.pointer}", error.detail)]
    except ValidationError as error:
        found = error.errors(include_url=False)
        return field_errors(found, f"#{pointer}")


class BatchBody(ArrivingJobs):
    """The jobs of `{"jobs": [...]}`."""

    _try_bytes = FIRST_TRY_BYTES  # of the next job: twice the last one's

    async def jobs(self) -> AsyncIterator[JobCreate | list[FieldError]]:  # noqa: D102 - as of its base
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
            raise _too_many()
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

    async def _job(self, index: int) -> JobCreate | list[FieldError]:
        pointer = f"/jobs/{index}"
        size = min(self._try_bytes, self._job_max_bytes)
        while True:
            await self._need(size)
            window = bytes(self._buffer[:size])
            is_all = self._has_ended and len(window) == len(self._buffer)
            try:
                value, used = await strict_json.parsed(partial(strict_json.load_first, is_all=is_all), window)
                break
            except strict_json.IncompleteError:
                if size >= self._job_max_bytes:
                    raise self._too_large(index) from None
                size = min(2 * size, self._job_max_bytes)
            except RefusedJSONError as error:
                raise refused(error, under=pointer) from None
        del self._buffer[:used]
        self._try_bytes = min(max(2 * used, LEAST_TRY_BYTES), FIRST_TRY_BYTES)
        return _checked(value, window[:used], pointer)


class BatchLines(ArrivingJobs):
    """The jobs of a body that has one on each line. What is no JSON is a fault of that job alone: lines are counted."""

    async def jobs(self) -> AsyncIterator[JobCreate | list[FieldError]]:  # noqa: D102 - as of its base
        await self._need(len(_BYTE_ORDER_MARK))
        if self._buffer.startswith(_BYTE_ORDER_MARK):
            del self._buffer[: len(_BYTE_ORDER_MARK)]
        index = 0
        await self._skip_blanks()
        while (line := await self._line(index)) is not None:
            if index == MAX_BATCH:
                raise _too_many()
            pointer = f"/jobs/{index}"
            index += 1
            try:
                value = await strict_json.parsed(strict_json.loads, line)
            except RefusedJSONError as error:
                yield [FieldError(f"#{pointer}{error.pointer}", error.detail)]
            else:
                yield _checked(value, line, pointer)
            await self._skip_blanks()  # empty lines, however many
        if index == 0:
            raise _refused_number("it is empty")

    async def _line(self, index: int) -> bytes | None:
        """Return the next line without its end; None after the last one."""
        looked_at = 0
        while (end := self._buffer.find(b"\n", looked_at)) < 0 and not self._has_ended:
            looked_at = len(self._buffer)
            if looked_at > self._job_max_bytes:
                break
            await self._read_more()
        if (len(self._buffer) if end < 0 else end) > self._job_max_bytes:
            raise self._too_large(index)
        if not self._buffer:
            return None
        line = bytes(self._buffer) if end < 0 else bytes(self._buffer[:end])
        del self._buffer[: len(line) + 1]
        return line
