"""The HTTP face of the files folder: what lies there for jobs to read."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from app.auth.service_token import CurrentCaller
from app.core.errors import UnavailableError
from app.storage.local import MAX_LISTED, FileError, FileStore

router = APIRouter(prefix="/api/v1", tags=["files"])


class FileOut(BaseModel):
    """One file. `path` is what a job takes as `input_file_path`."""

    path: str
    size_bytes: int
    modified_at: datetime


class FileList(BaseModel):
    """The newest files. `truncated`: there may be more than these."""

    items: list[FileOut]
    truncated: bool


@router.get("/files")
async def list_files(
    request: Request, _: CurrentCaller, limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 200
) -> FileList:
    """List the files that jobs may read, the newest first; hidden files and links are left out."""
    store: FileStore = request.app.state.files
    try:
        found = await store.list_files(limit)
    except FileError:
        raise UnavailableError("The files folder cannot be read.", code="files_unreadable") from None
    items = [FileOut.model_validate(one, from_attributes=True) for one in found.files]
    return FileList(items=items, truncated=found.is_truncated)
