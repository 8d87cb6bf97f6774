"""Uploading a file."""

from collections.abc import AsyncIterator
from uuid import UUID

from app.auth.caller import SERVICE_OWNER_ID
from app.storage.form import UploadForm
from app.storage.uploads import Uploads

CONTENT = b"%PDF-1.7 and so on"


async def upload(uploads: Uploads, content: bytes = CONTENT, name: str = "a b.pdf") -> UUID:
    async def body() -> AsyncIterator[bytes]:
        yield f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        yield content
        yield b"\r\n--b--\r\n"

    stored = await uploads.receive(SERVICE_OWNER_ID, UploadForm("multipart/form-data; boundary=b", body()))
    assert isinstance(stored.id, UUID)
    return stored.id
