"""The HTTP face of the pages of jobs' documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from app.auth.asking import Reader, refuse_blind
from app.core import conditional
from app.core.application_state import FromState
from app.core.http_cycle import may_be_gone
from app.jobs.api.document_pages import PagePictures
from app.jobs.schemas import JobId

router = APIRouter(prefix="/api/v1", tags=["jobs"])
_JPEG = "image/jpeg"
_CLIENT_GONE = 499  # nobody reads it; it keeps those who went away apart from what failed
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page", "content": {_JPEG: {"schema": {"type": "string", "format": "binary"}}}},
    **conditional.NOT_MODIFIED,
}


@router.get(
    "/jobs/{job_id}/pages/{number}", response_class=Response, responses=_PICTURE, openapi_extra=conditional.PARAMETER
)
async def get_page_picture(
    request: Request,
    pictures: Annotated[PagePictures, Depends(FromState(PagePictures))],
    caller: Reader,
    job_id: JobId,
    number: Annotated[int, Path(description="The page, counted from 1 in the whole document.")],
) -> Response:
    """Return a page of the PDF that a job was given, or the picture that it was given as page 1, as a JPEG."""
    refuse_blind(caller)
    page = await pictures.find(caller.sees, job_id, number)
    headers = {"ETag": page.etag, "Cache-Control": "private, no-cache"}
    if conditional.is_known(request, page.etag):
        return Response(status_code=304, headers=headers)
    picture = await pictures.draw(page, lambda: has_left(request, pictures))
    if picture is None:
        return Response(status_code=_CLIENT_GONE)
    headers |= {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(picture, headers=headers, media_type=_JPEG)


async def has_left(request: Request, pictures: PagePictures) -> bool:
    """Say whether the client of a picture has gone, so that its turn may pass to others."""
    return (pictures.is_busy and may_be_gone(request)) or await request.is_disconnected()
