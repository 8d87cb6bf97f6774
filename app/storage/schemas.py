"""What callers see of files."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class FolderFile(BaseModel):
    """One file of the files folder. `path` is what a job takes as `input_file_path`."""

    model_config = ConfigDict(from_attributes=True)

    path: str
    size_bytes: int
    modified_at: datetime


class FolderList(BaseModel):
    """The newest files of the files folder. `truncated`: there may be more than these."""

    items: list[FolderFile]
    truncated: bool


class FileOut(BaseModel):
    """An uploaded file. `id` is what a job takes as `file_id`; `media_type` is what its bytes say.

    Where a team hides payloads from its viewers, they see neither `name` nor `sha256`.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str | None
    created_at: datetime
    expires_at: datetime


class FilePage(BaseModel):
    """Some uploaded files, newest first; `next_cursor` is null on the last page."""

    items: list[FileOut]
    next_cursor: str | None
