"""The HTTP face of the storage room: uploaded files, and the folder whose files jobs may read by a path."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from app.auth.asking import HIDDEN, FileUser, Reader, refuse_blind
from app.auth.caller import Caller
from app.core import conditional, paging
from app.core.application_state import FromState
from app.core.body_limit import announced_bytes
from app.core.errors import HeadraceError, UnavailableError
from app.core.root_path import link
from app.storage import names
from app.storage.errors import FileTooLargeError, FormError
from app.storage.form import FIELD, MAX_OVERHEAD_BYTES, UploadForm
from app.storage.local import MAX_LISTED, FileError, FileStore
from app.storage.repository import FileRow
from app.storage.schemas import FileOut, FilePage, FolderFile, FolderList
from app.storage.uploads import Uploads

router = APIRouter(prefix="/api/v1", tags=["files"])
FILES_PATH = "/api/v1/files"
CurrentUploads = Annotated[Uploads, Depends(FromState(Uploads))]
FileId = Annotated[UUID, Path(description="An uploaded file's id.")]
_FORM: dict[str, Any] = {  # described here and read by hand, so that it is never in memory as a whole
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, as they were sent",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("application/octet-stream", "*/*")
        },
    },
    **conditional.NOT_MODIFIED,
}


@router.get("/files/folder")
async def list_folder_files(
    store: Annotated[FileStore, Depends(FromState(FileStore))],
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many at most.")] = 200,
) -> FolderList:
    """List the files that jobs may read by a path, the newest first; hidden files and links are left out."""
    refuse_blind(caller)
    try:
        found = await store.list_files(limit)
    except FileError:
        raise UnavailableError("The files folder cannot be read.", code="files_unreadable") from None
    return FolderList(items=[FolderFile.model_validate(one) for one in found.files], truncated=found.is_truncated)


@router.post("/files", status_code=201, openapi_extra=_FORM)
async def upload_file(request: Request, response: Response, uploads: CurrentUploads, caller: FileUser) -> FileOut:
    """Take one file as the field `file` of a form: PDF, office documents, mails, tables, pictures, any text."""
    body = request.stream()
    try:
        least_bytes = announced_bytes(request.scope) - MAX_OVERHEAD_BYTES
        if least_bytes > uploads.max_bytes:
            raise FileTooLargeError(f"A file has at most {uploads.max_bytes} bytes.")
        form = UploadForm(request.headers.get("content-type", ""), body)
        row = await uploads.receive(caller.owner_id, form, least_bytes=least_bytes)
    except ClientDisconnect:
        raise FormError("The client went away.") from None
    except HeadraceError as error:
        error.headers["Connection"] = "close"  # the server reads over what still comes
        raise
    response.headers["Location"] = link(request, f"{FILES_PATH}/{row.id}")
    return FileOut.model_validate(row)


@router.get("/files")
async def list_files(
    request: Request,
    response: Response,
    uploads: CurrentUploads,
    caller: Reader,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> FilePage:
    """List the uploaded files that have not expired, newest first."""
    before = paging.decode_cursor(cursor)
    rows, last = await uploads.find_page(caller.sees, before=before, limit=limit)
    page = FilePage(items=[_shown(caller, row) for row in rows], next_cursor=None)
    return page if last is None else paging.with_next(page, last, request, response)


def _shown(caller: Caller, row: FileRow) -> FileOut:
    """Return a file as the caller may see it: a digest tells who has the same file what it is."""
    shown = FileOut.model_validate(row)
    return shown.model_copy(update={"name": HIDDEN, "sha256": None}) if caller.is_blind else shown


@router.get("/files/{file_id}")
async def get_file(uploads: CurrentUploads, caller: Reader, file_id: FileId) -> FileOut:
    """Return what is known of an uploaded file."""
    return _shown(caller, await uploads.get(caller.sees, file_id))


@router.get(
    "/files/{file_id}/content", response_class=Response, responses=_CONTENT, openapi_extra=conditional.PARAMETER
)
async def get_file_content(request: Request, uploads: CurrentUploads, caller: Reader, file_id: FileId) -> Response:
    """Return the bytes of an uploaded file, to be saved and not shown."""
    refuse_blind(caller)
    row = await uploads.get(caller.sees, file_id)
    headers = {"ETag": f'"{row.sha256}"', "Cache-Control": "private, no-cache"}
    if conditional.is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    chunks: AsyncIterator[bytes] = await uploads.read(file_id)
    headers |= {
        "Content-Disposition": names.attachment(row.name),
        "Content-Length": str(row.size_bytes),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(chunks, headers=headers, media_type=row.media_type)


@router.delete("/files/{file_id}", status_code=204)
async def delete_file(uploads: CurrentUploads, caller: FileUser, file_id: FileId) -> None:
    """Delete an uploaded file. A job that needs it afterwards fails."""
    await uploads.remove(caller.sees, file_id)
