"""A large upload passes through the API, and does not stay in its memory."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.uploads.sending import FILES, FORM, body, left
from tests.rig.stack import running

MB = 1_000_000
SENT_BYTES = 90 * MB
ROOM_BYTES = 40 * MB


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has had."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


async def test_ninety_megabytes_are_not_held_in_memory(settings: Settings, database: Database, tmp_path: Path) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path / "data"})
    block = b"\x89PNG\r\n\x1a\n" + bytes(MB - 8)

    async def content(megabytes: int) -> AsyncIterator[bytes]:
        yield body(b"", end=b"")
        for _ in range(megabytes):
            yield block
        yield b"\r\n--b--\r\n"

    async with running(own, tmp_path) as stack:
        client = await stack.api()
        pid = stack.processes[-1].popen.pid
        before = peak_bytes(pid)
        answer = await client.post(FILES, content=content(90), headers=FORM)
        assert (answer.status_code, answer.json()["size_bytes"]) == (201, SENT_BYTES)
        received = 0
        async with client.stream("GET", f"{FILES}/{answer.json()['id']}/content") as download:
            async for chunk in download.aiter_bytes():
                received += len(chunk)
        assert received == SENT_BYTES
        for headers in ({}, {"Content-Length": str(len(body(b"")) + 101 * MB)}):
            refused = await client.post(FILES, headers=FORM | headers, content=content(101))
            assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
        assert peak_bytes(pid) - before < ROOM_BYTES
    assert left(own.uploads_dir) == [answer.json()["id"]]
