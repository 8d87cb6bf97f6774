"""Summarise a file of the files folder: plain text, or a PDF with a text layer."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field

from app.processors.base import Context, JobType, ProcessorError
from app.processors.fields import Strict
from app.processors.pdf import read_pdf
from app.processors.prompts import load_prompt
from app.processors.summarize import summarize
from app.storage.local import FileError, FileRefused, check_path, decode

TEXT_SUFFIXES = frozenset(
    {".txt", ".text", ".md", ".markdown", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".yml", ".xml", ".log"}
)

_PDF_MAGIC = b"%PDF-"
_MAGIC_WITHIN = 1024  # Source: PDF reference 1.7, appendix H, implementation note 13
_BINARY = b"\x00"
_PROBED_BYTES = 8192


def _check_path(path: str) -> str:
    try:
        check_path(path)
    except FileRefused as error:
        raise ValueError(str(error)) from None
    return path


class FileInput(Strict):
    """Which file."""

    input_file_path: Annotated[
        str,
        AfterValidator(_check_path),
        Field(
            title="File",
            description="Its path inside the files folder: text (.txt, .md, .csv, .json, .log, …) or PDF.",
            min_length=1,
            max_length=500,
            examples=["report.pdf"],
            json_schema_extra={"x-widget": "file"},
        ),
    ]


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
    pdf_timeout, context_too_long, invalid_output), ModelError.
    """
    document = await _read(given.input_file_path, context)
    summary = await summarize(document.text, context)
    return FileResult(summary=summary, pages=document.pages, characters=len(document.text))


async def _read(path: str, context: Context) -> _Document:
    try:
        content = await context.files.read_bytes(path)
    except FileError as error:
        raise ProcessorError(error.code, str(error)) from None
    suffix = PurePosixPath(path).suffix.lower()
    if _PDF_MAGIC in content[:_MAGIC_WITHIN] or suffix == ".pdf":
        found = await read_pdf(content)
        return _Document(found.text, found.pages)
    if suffix not in TEXT_SUFFIXES or (
        _BINARY in content[:_PROBED_BYTES] and content[:2] not in (b"\xff\xfe", b"\xfe\xff")
    ):
        raise ProcessorError("file_unreadable", f"{path} is neither text nor a PDF")
    text = decode(content)
    if not text.strip():
        raise ProcessorError("file_empty", f"{path} holds no text")
    return _Document(text, None)


JOB_TYPE = JobType(
    name="file",
    title="Summarize a file",
    description="Summarizes a text or PDF file of the files folder.",
    input_model=FileInput,
    result_model=FileResult,
    example={"input_file_path": "report.pdf"},
    run=run,
    timeout_s=900,
    prompt=load_prompt("summarize", number=1),
)
