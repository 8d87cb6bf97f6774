"""Summarise a file of any kind that is read, uploaded or of the files folder."""

from functools import partial

from app.processors import answers, cut
from app.processors.base import Context, JobType
from app.processors.fields import Strict
from app.processors.inputs import FileInput
from app.processors.prompts import load_prompt
from app.processors.source import read_source
from app.processors.statements import Statement
from app.processors.summarize import summarize, with_places


class FileResult(Strict):
    """The summary, where each of its sentences stands in the file, and what was read of it as in SourceInfo."""

    summary: str
    statements: tuple[Statement, ...] = ()
    kind: str
    pages: int | None
    characters: int
    encoding: str | None
    doubtful_pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


async def run(given: FileInput, context: Context) -> FileResult:
    """Read the file and summarise it.

    Raises: ProcessorError (those of `read_source`; context_too_long, invalid_output), ModelError.
    """
    source = await read_source(given, context)
    result = partial(FileResult, **source.info.model_dump() if source.info else {})
    with cut.kept(lambda text: result(summary=answers.plain(text))):
        summary = await summarize(source.text, context)
    return result(summary=summary, statements=await with_places(summary, source))


JOB_TYPE = JobType(
    name="file",
    title="Summarize a file",
    description="Summarizes a file, uploaded or of the files folder: PDF, office documents, mails, tables, any text.",
    input_model=FileInput,
    result_model=FileResult,
    example={"input_file_path": "report.pdf"},
    run=run,
    timeout_s=3600,
    prompt=load_prompt("summarize", number=1),
)
