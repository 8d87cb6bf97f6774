"""What a job works on: a text, an uploaded file, or a file of the folder; exactly one of them."""

from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from app.processors.fields import Strict, TextChars, widget
from app.storage.local import FileRefused, check_path

_WORDS = {"text": "text", "file_id": "file_id (an uploaded file)", "input_file_path": "input_file_path"}


def _check_path(path: str) -> str:
    try:
        check_path(path)
    except FileRefused as error:
        raise ValueError(str(error)) from None
    return path


def _check_range(text: str) -> str:
    first, last = page_range(text)
    if not 1 <= first <= (last or first):
        raise ValueError("name pages from 1 on, the first before the last, such as 1-5")
    return text


def page_range(text: str | None) -> tuple[int, int | None]:
    """Return the first and the last page that `3` or `1-5` names, all (1 and None) for None."""
    if text is None:
        return 1, None
    first, _, last = text.partition("-")
    return int(first), int(last or first)


OptionalText = Annotated[
    TextChars | None, Field(title="Text", description="The text to work on.", json_schema_extra=widget("textarea"))
]
FileId = Annotated[
    UUID | None,
    Field(strict=False, title="Id of an uploaded file", description="What POST /api/v1/files answered as `id`."),
]
FilePath = Annotated[
    Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_check_path)] | None,
    Field(
        title="File",
        description="Its path inside the files folder: PDF, DOCX, XLSX, CSV, HTML, EML, RTF, EPUB or any text.",
        examples=["report.pdf"],
        json_schema_extra=widget("file"),
    ),
]
Pages = Annotated[
    Annotated[str, StringConstraints(pattern=r"^\d{1,5}(-\d{1,5})?$"), AfterValidator(_check_range)] | None,
    Field(
        title="Pages",
        description="Of a file: one page or a range, such as 3 or 1-5; without it, all. Sheets and chapters count too.",
        examples=["1-5"],
        json_schema_extra={"x-beside": "file"},
    ),
]


def _one_of(*ways: str) -> ConfigDict:
    """Return the configuration of a model whose JSON Schema says that one of some fields is given."""
    given: list[Any] = [{"required": [way], "properties": {way: {"type": "string"}}} for way in ways]
    return ConfigDict(json_schema_extra={"oneOf": given})


class _Given(Strict):
    """Something to work on, in one of several ways."""

    ways: ClassVar[tuple[str, ...]]

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = [way for way in self.ways if getattr(self, way) is not None]
        *others, last = (_WORDS[way] for way in self.ways)
        if not given:
            msg = f"give {', '.join(others)} or {last}"
            raise ValueError(msg)
        if len(given) > 1:
            msg = f"give one of {', '.join(others)} and {last}; here are {' and '.join(given)}"
            raise ValueError(msg)
        if given == ["text"] and getattr(self, "pages", None) is not None:
            msg = "pages are those of a file; leave them out beside a text"
            raise ValueError(msg)
        return self


class FileInput(_Given):
    """Which file: an uploaded one by its id, or one of the folder by its path; and which of its pages."""

    model_config = _one_of("file_id", "input_file_path")
    ways = ("file_id", "input_file_path")

    file_id: FileId = None
    input_file_path: FilePath = None
    pages: Pages = None


class TextOrFile(_Given):
    """A text, or which file as in FileInput."""

    model_config = _one_of("text", "file_id", "input_file_path")
    ways = ("text", "file_id", "input_file_path")

    text: OptionalText = None
    file_id: FileId = None
    input_file_path: FilePath = None
    pages: Pages = None
