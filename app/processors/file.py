"""Summarise an uploaded file or one of the files folder: plain text, or a PDF with a text layer."""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.documents.pdf.signature import is_pdf
from app.processors import answers, cut
from app.processors.base import Context, JobType, ProcessorError
from app.processors.documents import read_document
from app.processors.fields import Strict
from app.processors.prompts import load_prompt
from app.processors.summarize import summarize
from app.storage.local import FileError, FileRefused, FileTooLarge, check_path, decode

TEXT_SUFFIXES = frozenset(
    {".txt", ".text", ".md", ".markdown", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".yml", ".xml", ".log"}
)

_BINARY = b"\x00"
_PROBED_BYTES = 8192


def _check_path(path: str) -> str:
    try:
        check_path(path)
    except FileRefused as error:
        raise ValueError(str(error)) from None
    return path


class FileInput(Strict):
    """Which file: one of the folder by its path, or an uploaded one by its id."""

    input_file_path: Annotated[
        Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_check_path)] | None,
        Field(
            title="File",
            description="Its path inside the files folder: text (.txt, .md, .csv, .json, .log, …) or PDF.",
            examples=["report.pdf"],
            json_schema_extra={"x-widget": "file"},
        ),
    ] = None
    file_id: Annotated[
        UUID | None,
        Field(strict=False, title="Id of an uploaded file", description="Instead of a path: text or PDF."),
    ] = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.input_file_path is None) == (self.file_id is None):
            raise ValueError("give either input_file_path or file_id")
        return self


class FileResult(Strict):
    """The summary, and how much was read; `pages` is None for a text file."""

    summary: str
    pages: int | None
    characters: int


@dataclass(frozen=True, slots=True)
class _Document:
    text: str
    pages: int | None


async def run(given: FileInput, context: Context) -> FileResult:
    """Read the file and summarise it.

    Raises: ProcessorError (file_refused, file_not_found, file_too_large, file_unreadable, file_empty, pdf_encrypted,
    read_timeout, context_too_long, invalid_output), ModelError.
    """
    document = await _read(given, context)
    result = partial(FileResult, pages=document.pages, characters=len(document.text))
    with cut.kept(lambda text: result(summary=answers.plain(text))):
        return result(summary=await summarize(document.text, context))


async def _read(given: FileInput, context: Context) -> _Document:
    try:
        name, content, is_text = await _load(given, context)
    except FileError as error:
        raise ProcessorError(error.code, str(error)) from None
    if is_pdf(content) or name.lower().endswith(".pdf"):
        return await _read_pdf(content)
    if not is_text or (_BINARY in content[:_PROBED_BYTES] and content[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        raise ProcessorError("file_unreadable", f"{name} is neither text nor a PDF")
    text = decode(content)
    if not text.strip():
        raise ProcessorError("file_empty", f"{name} holds no text")
    return _Document(text, None)


async def _read_pdf(content: bytes) -> _Document:
    found = await read_document(content)
    if not found.text:
        raise ProcessorError("file_empty", "the PDF holds no text layer; the type pdf_extract may read scanned pages")
    return _Document(found.text, found.page_count)


async def _load(given: FileInput, context: Context) -> tuple[str, bytes, bool]:
    """Return a file's name, its bytes, and whether they should be text. Raises: FileError."""
    if given.file_id is None:
        path = given.input_file_path or ""
        suffix = PurePosixPath(path).suffix.lower()
        return path, await context.files.read_bytes(path), suffix in TEXT_SUFFIXES
    async with context.file(given.file_id) as found:
        limit = context.files.max_bytes
        if found.size_bytes > limit:
            raise FileTooLarge(f"{found.name} is larger than {limit:,} bytes")
        is_text = found.media_type.startswith("text/") or found.media_type == "application/json"
        return found.name, await asyncio.to_thread(found.path.read_bytes), is_text


JOB_TYPE = JobType(
    name="file",
    title="Summarize a file",
    description="Summarizes a text or PDF file, uploaded or of the files folder.",
    input_model=FileInput,
    result_model=FileResult,
    example={"input_file_path": "report.pdf"},
    run=run,
    timeout_s=3600,
    prompt=load_prompt("summarize", number=1),
)
