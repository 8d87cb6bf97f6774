"""What is refused leaves nothing."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.storage import form
from tests.integration.problems import assert_problem
from tests.integration.uploads.sending import (
    FILES,
    FORM,
    MAX_BYTES,
    Json,
    assert_nothing_is_left,
    body,
    chunked,
    send,
    upload,
)


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"<!DOCTYPE html><html><script>alert(1)</script></html>", 415, "file_type_refused"),
        ("a.pdf", b"plain text", 415, "file_type_refused"),
        ("a.pdf", b"GIF89a/*%PDF-1.4*/=1;", 415, "file_type_refused"),
        ("a.zip", b"PK\x03\x04" + bytes(30), 415, "file_type_refused"),
        ("a.txt", bytes(range(256)), 415, "file_type_refused"),
        ("report.docx", b"<html>", 415, "file_type_refused"),
        ("a.exe", b"MZ\x90\x00\x03", 415, "file_type_refused"),
        ("a.txt", b"", 422, "file_empty"),
        ("a.txt", b"x" * (MAX_BYTES + 1), 413, "file_too_large"),
        ("a.txt", b"x" * (MAX_BYTES + form.MAX_OVERHEAD_BYTES), 413, "file_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_refused_file_leaves_nothing(
    client: httpx2.AsyncClient, database: Database, folder: Path, name: str, content: bytes, status: int, code: str
) -> None:
    answer = await send(client, content, name)
    assert_problem(answer, status)
    assert answer.json()["code"] == code
    await assert_nothing_is_left(database, folder)


async def test_bytes_that_go_wrong_late_are_refused(
    client: httpx2.AsyncClient, database: Database, folder: Path
) -> None:
    answer = await send(client, b"x" * form.BLOCK_BYTES + bytes(range(256)) * 2000, "a.txt")
    assert (answer.status_code, answer.json()["code"]) == (415, "file_type_refused")
    await assert_nothing_is_left(database, folder)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"<html>", "The file is named .pdf and its bytes are an HTML page."),
        ("a.gif", b"GIF89a\x01\x00", "This is a GIF picture; PNG and JPEG are the pictures that are taken."),
        ("a.gz", b"\x1f\x8b\x08\x00", "This is a gzip archive; unpack it and send what is in it."),
    ],
)
async def test_a_refusal_says_what_was_found(client: httpx2.AsyncClient, name: str, content: bytes, said: str) -> None:
    answer = await send(client, content, name)
    assert (answer.status_code, answer.json()["detail"]) == (415, said)


async def test_a_character_may_lie_on_the_border_of_two_blocks(client: httpx2.AsyncClient) -> None:
    content = b"x" + "ü".encode() * (form.BLOCK_BYTES // 2 + 100_000)
    assert (await upload(client, content))["media_type"] == "text/plain"


async def test_a_chunked_body_is_limited_as_well(client: httpx2.AsyncClient, database: Database, folder: Path) -> None:
    answer = await client.post(FILES, content=chunked(body(b"x" * (MAX_BYTES + 1))), headers=FORM)
    assert "content-length" not in answer.request.headers
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert answer.headers["Connection"] == "close"
    await assert_nothing_is_left(database, folder)
    answer = await client.post(FILES, content=chunked(body(b"x" * MAX_BYTES)), headers=FORM)
    assert answer.status_code == 201


async def test_what_stands_beside_the_file_is_limited(client: httpx2.AsyncClient) -> None:
    field = b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\n' + b"x" * 70_000 + b"\r\n"
    answer = await client.post(FILES, content=chunked(field + body(b"hello")), headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 422),
        (b"", {}, 422),
        (b"x", {"Content-Type": "multipart/form-data"}, 422),
        (b"x", {"Content-Type": "multipart/form-data; boundary=" + "b" * 300}, 400),
        (b"not a form", FORM, 400),
        (b"", FORM, 400),
        (body(b"hello", end=b""), FORM, 400),
        (body(b"hello", end=b"\r\n--b\r\n"), FORM, 400),
        (b"--b--\r\n", FORM, 422),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--b--\r\n', FORM, 422),
        (b'--b\r\nContent-Disposition: form-data; name="x"; filename="a"\r\n\r\nhello\r\n--b--\r\n', FORM, 422),
        (body(b"one", end=b"\r\n") + body(b"two"), FORM, 422),
    ],
)
async def test_a_bad_form_is_refused(
    client: httpx2.AsyncClient, database: Database, folder: Path, content: bytes, headers: Json, status: int
) -> None:
    assert_problem(await client.post(FILES, content=content, headers=headers), status)
    await assert_nothing_is_left(database, folder)


async def test_a_body_that_stands_still_is_given_up(
    client: httpx2.AsyncClient, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "IDLE_S", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield body(b"hello", end=b"")
        await asyncio.Event().wait()

    assert_problem(await client.post(FILES, content=stuck(), headers=FORM), 400)
    await assert_nothing_is_left(database, folder)


async def test_nobody_uploads_without_a_credential(
    anonymous: httpx2.AsyncClient, database: Database, folder: Path
) -> None:
    assert_problem(await send(anonymous, b"hello"), 401)
    await assert_nothing_is_left(database, folder)


@pytest.mark.case("F13", "the disk of the uploads full", "507, and nothing half is kept")
async def test_a_full_disk_is_told_and_leaves_nothing(
    client: httpx2.AsyncClient, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("app.storage.part.os.fsync", full)
    answer = await send(client, b"hello")
    assert_problem(answer, 507)
    assert answer.json()["code"] == "storage_full"
    await assert_nothing_is_left(database, folder)


async def test_a_folder_that_cannot_be_written_is_told(
    client: httpx2.AsyncClient, database: Database, folder: Path
) -> None:
    await asyncio.to_thread(folder.write_text, "a file where the folder should be")
    answer = await send(client, b"hello")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert str(folder) not in answer.text


async def test_a_row_that_is_refused_takes_its_content_along(
    client: httpx2.AsyncClient, database: Database, folder: Path
) -> None:
    await database.rows(text("ALTER TABLE files ADD CONSTRAINT never CHECK (false) NOT VALID"))
    try:
        assert (await send(client, b"hello")).status_code == 500
    finally:
        await database.rows(text("ALTER TABLE files DROP CONSTRAINT never"))
    await assert_nothing_is_left(database, folder)
