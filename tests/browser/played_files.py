"""The uploaded files of the played API. The browser does not show its interceptor the bytes of a form's file."""

from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from app.core.clock import utc_now
from tests.browser.played_job import Json
from tests.browser.refused import RefusedError

REFUSALS = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("file_too_large", "A file has at most 104857600 bytes."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "file_type_refused",
        "The file's bytes are none of PDF, PNG, JPEG, or text in UTF-8.",
    ),
    HTTPStatus.INSUFFICIENT_STORAGE: (
        "storage_full",
        "There is no room for this file; nothing was stored.",
    ),
}


@dataclass
class PlayedFiles:
    """Uploaded files, the newest last. `refuses`: what the next uploads are answered with."""

    stored: dict[str, Json] = field(default_factory=dict)
    refuses: HTTPStatus | None = None

    def add(self, name: str, media_type: str = "application/pdf", size_bytes: int = 48_213) -> str:
        """Store a file; return its id."""
        id_ = str(UUID(int=(0x019AB1 << 104) | (7 << 76) | (2 << 62) | (len(self.stored) + 1)))
        self.stored[id_] = {
            "id": id_,
            "name": name,
            "media_type": media_type,
            "size_bytes": size_bytes,
            "sha256": "0" * 64,
            "created_at": utc_now().isoformat(),
            "expires_at": (utc_now() + timedelta(days=7)).isoformat(),
        }
        return id_

    def answer(self, method: str, room: str, *, query: Json) -> tuple[int, Any, dict[str, str]]:
        """Answer what is below /files. Raises: RefusedError."""
        if method == "POST":
            return self._receive()
        if not room:
            return 200, self._page(query), {}
        id_ = room.split("/")[1]
        if id_ not in self.stored:
            raise RefusedError(404, "file_not_found", "There is no such file.")
        if room.endswith("/content"):
            name = self.stored[id_]["name"]
            return 200, "the bytes", {"Content-Disposition": f'attachment; filename="{name}"'}
        if method == "DELETE":
            del self.stored[id_]
            return 204, None, {}
        return 200, self.stored[id_], {}

    def _receive(self) -> tuple[int, Any, dict[str, str]]:
        if self.refuses is not None:
            raise RefusedError(self.refuses, *REFUSALS[self.refuses])
        return 201, self.stored[self.add("newspaper.pdf")], {}

    def _page(self, query: Json) -> Json:
        found = list(reversed(self.stored.values()))
        start, size = int(query.get("cursor", 0)), int(query["limit"])
        more = str(start + size) if len(found) > start + size else None
        return {"items": found[start : start + size], "next_cursor": more}
