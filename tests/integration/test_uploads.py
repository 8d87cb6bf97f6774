"""Uploaded files over HTTP: taken, listed, given back, deleted, refused; nothing is left of what was refused."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from app.storage import form
from tests.conftest import TOKEN
from tests.integration.test_bad_input import assert_problem
from tests.unit.processors.test_pdf import REPORT

FILES = "/api/v1/files"
MAX_BYTES = 2_000_000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
Json = dict[str, Any]


@pytest.fixture
def own_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a folder of their own and a limit that is soon reached."""
    return settings.model_copy(update={"data_dir": tmp_path, "file_upload_max_bytes": MAX_BYTES})


@pytest.fixture
async def app(own_settings: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    """The application with these settings, started."""
    app = create_app(own_settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def folder(own_settings: Settings) -> Path:
    """Where the files lie."""
    return own_settings.uploads_dir


async def send(client: httpx2.AsyncClient, content: bytes, name: str = "a.txt") -> httpx2.Response:
    return await client.post(FILES, files={"file": (name, content)})


async def upload(client: httpx2.AsyncClient, content: bytes, name: str = "a.txt") -> Json:
    answer = await send(client, content, name)
    assert answer.status_code == 201, answer.text
    stored: Json = answer.json()
    return stored


def left(folder: Path) -> list[str]:
    """Return the names of all files in the folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def rows(database: Database) -> int:
    found = await database.row(text("SELECT count(*) AS n FROM files"))
    assert found is not None
    return int(found.n)


async def assert_nothing_is_left(database: Database, folder: Path) -> None:
    assert left(folder) == []
    assert await rows(database) == 0


async def test_a_file_is_stored_and_given_back(client: httpx2.AsyncClient, folder: Path) -> None:
    answer = await send(client, REPORT, "May report.pdf")
    stored = answer.json()
    digest = hashlib.sha256(REPORT).hexdigest()
    assert answer.headers["Location"] == f"{FILES}/{stored['id']}"
    assert (stored["name"], stored["media_type"], stored["size_bytes"], stored["sha256"]) == (
        "May report.pdf",
        "application/pdf",
        len(REPORT),
        digest,
    )
    kept = datetime.fromisoformat(stored["expires_at"]) - datetime.fromisoformat(stored["created_at"])
    assert kept == timedelta(days=30)
    assert (await client.get(answer.headers["Location"])).json() == stored
    content = await client.get(f"{FILES}/{stored['id']}/content")
    assert content.content == REPORT
    assert content.headers["Content-Type"] == "application/pdf"
    assert content.headers["Content-Length"] == str(len(REPORT))
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["ETag"] == f'"{digest}"'
    assert content.headers["Content-Disposition"].startswith('attachment; filename="May report.pdf"')
    assert left(folder) == [stored["id"]], "the key is the id, never the name"


async def test_content_that_is_known_is_not_sent_again(client: httpx2.AsyncClient) -> None:
    stored = await upload(client, b"hello")
    tag = f'"{stored["sha256"]}"'
    answer = await client.get(f"{FILES}/{stored['id']}/content", headers={"If-None-Match": f'"x", {tag}'})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)


async def test_a_file_of_many_blocks_arrives_whole(client: httpx2.AsyncClient) -> None:
    content = PNG + os.urandom(MAX_BYTES - len(PNG))
    stored = await upload(client, content, "a.png")
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()
    assert (await client.get(f"{FILES}/{stored['id']}/content")).content == content


async def test_other_fields_of_the_form_are_read_over(client: httpx2.AsyncClient) -> None:
    answer = await client.post(FILES, data={"purpose": "x"}, files={"file": ("a.txt", b"hello")})
    assert (answer.status_code, answer.json()["size_bytes"]) == (201, 5)


async def test_files_are_listed_in_pages_the_newest_first(client: httpx2.AsyncClient) -> None:
    ids = [(await upload(client, b"x", f"{number}.txt"))["id"] for number in range(5)][::-1]
    first = await client.get(FILES, params={"limit": 2})
    assert [one["id"] for one in first.json()["items"]] == ids[:2]
    assert first.json()["next_cursor"] in first.headers["Link"]
    page, seen = first.json(), ids[:2]
    while page["next_cursor"]:
        page = (await client.get(FILES, params={"limit": 2, "cursor": page["next_cursor"]})).json()
        seen += [one["id"] for one in page["items"]]
    assert seen == ids


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"cursor": "x"}])
async def test_a_bad_page_is_refused(client: httpx2.AsyncClient, query: Json) -> None:
    assert (await client.get(FILES, params=query)).status_code == 422


async def test_a_deleted_file_is_gone(client: httpx2.AsyncClient, database: Database, folder: Path) -> None:
    stored = await upload(client, b"hello")
    assert (await client.delete(f"{FILES}/{stored['id']}")).status_code == 204
    await assert_nothing_is_left(database, folder)
    for method, path in (("DELETE", ""), ("GET", ""), ("GET", "/content")):
        answer = await client.request(method, f"{FILES}/{stored['id']}{path}")
        assert_problem(answer, 404)
        assert answer.json()["code"] == "file_not_found"


@pytest.mark.parametrize("change", ["owner_id = gen_random_uuid()", "expires_at = now()"])
async def test_a_foreign_or_expired_file_is_none(
    client: httpx2.AsyncClient, database: Database, folder: Path, change: str
) -> None:
    stored = await upload(client, b"hello")
    await database.rows(text(f"UPDATE files SET {change}"))
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        answer = await client.request(method, f"{FILES}/{stored['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
    assert (await client.get(FILES)).json()["items"] == []
    job = {"type": "file", "input": {"file_id": stored["id"]}}
    assert_problem(await client.post("/api/v1/jobs", json=job), 422, "#/input/file_id")
    assert left(folder) == [stored["id"]]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_id_that_is_none_is_refused(client: httpx2.AsyncClient, method: str) -> None:
    assert (await client.request(method, f"{FILES}/..%2f..%2fetc")).status_code in {404, 405}
    assert_problem(await client.request(method, f"{FILES}/passwd"), 422)


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"<!DOCTYPE html><html><script>alert(1)</script></html>", 415, "file_type_refused"),
        ("a.txt", b"\xef\xbb\xbf \n<HTML>", 415, "file_type_refused"),
        ("a.pdf", b"plain text", 415, "file_type_refused"),
        ("a.pdf", b"GIF89a/*%PDF-1.4*/=1;", 415, "file_type_refused"),
        ("a.txt", b"// a polyglot\n%PDF-1.7\n", 415, "file_type_refused"),
        ("a.zip", b"PK\x03\x04" + bytes(30), 415, "file_type_refused"),
        ("a.txt", b"a\x00b", 415, "file_type_refused"),
        ("a.txt", "Größe".encode("latin-1"), 415, "file_type_refused"),
        ("a.txt", b"cut \xc3", 415, "file_type_refused"),
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
    answer = await send(client, b"x" * (form.BLOCK_BYTES + 500_000) + b"\x00", "a.txt")
    assert (answer.status_code, answer.json()["code"]) == (415, "file_type_refused")
    await assert_nothing_is_left(database, folder)


async def test_a_character_may_lie_on_the_border_of_two_blocks(client: httpx2.AsyncClient) -> None:
    content = b"x" + "ü".encode() * (form.BLOCK_BYTES // 2 + 100_000)
    assert (await upload(client, content))["media_type"] == "text/plain"


async def chunked(content: bytes, *, by: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), by):
        yield content[start : start + by]


def body(content: bytes, *, name: str = "a.txt", end: bytes = b"\r\n--b--\r\n") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + end


FORM = {"Content-Type": "multipart/form-data; boundary=b"}


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


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("C:\\\\dir\\\\a.txt", "a.txt"),
        ("a\x01\x1fb\x7f.txt", "ab.txt"),
        ("\u202egnp.txt", "gnp.txt"),
        ("n" * 300 + ".md", "n" * 197 + ".md"),
        ("Größe 5€.txt", "Größe 5€.txt"),
    ],
)
async def test_a_name_is_made_harmless(client: httpx2.AsyncClient, folder: Path, sent: str, shown: str) -> None:
    answer = await client.post(FILES, content=body(b"hello", name=sent), headers=FORM)
    assert answer.json()["name"] == shown
    content = await client.get(f"{FILES}/{answer.json()['id']}/content")
    assert content.text == "hello"
    assert left(folder) == [answer.json()["id"]]


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


async def test_content_that_is_lost_is_a_missing_file(client: httpx2.AsyncClient, folder: Path) -> None:
    stored = await upload(client, b"hello")
    (folder / stored["id"]).unlink()
    answer = await client.get(f"{FILES}/{stored['id']}/content")
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


@pytest.mark.parametrize("url", ["memory://", "file://"])
async def test_another_store_serves_as_well(
    own_settings: Settings, database: Database, redis: Redis, tmp_path: Path, url: str
) -> None:
    if url == "file://":
        (tmp_path / "store").mkdir()
        url = (tmp_path / "store").as_uri()
    app: FastAPI = create_app(own_settings.model_copy(update={"files_url": url}))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://t", headers={"X-Service-Token": TOKEN}) as client,
    ):
        content = b"%PDF-" + os.urandom(1_500_000)
        stored = await upload(client, content, "a.pdf")
        assert (await client.get(f"{FILES}/{stored['id']}/content")).content == content
        assert left(own_settings.uploads_dir) == []
        assert (await client.delete(f"{FILES}/{stored['id']}")).status_code == 204
        with pytest.raises(FileNotFoundError):
            await app.state.uploads.contents.read(UUID(stored["id"]))


JOBS = "/api/v1/jobs"


def job(**given: Any) -> Json:
    return {"type": "file", "input": given}


async def test_a_job_takes_a_file_by_its_id(client: httpx2.AsyncClient) -> None:
    stored = await upload(client, b"hello")
    given = job(file_id=stored["id"])
    assert (await client.post(JOBS, json=given)).json()["input"] == given["input"]
    assert (await client.post(f"{JOBS}/batch", json={"jobs": [given, given]})).status_code == 202


async def test_a_job_whose_file_is_not_there_is_refused(client: httpx2.AsyncClient) -> None:
    wrong = job(file_id=str(uuid4()))
    answer = await client.post(JOBS, json=wrong)
    assert_problem(answer, 422, "#/input/file_id")
    assert answer.json()["code"] == "file_not_found"
    right = job(file_id=(await upload(client, b"hello"))["id"])
    answer = await client.post(f"{JOBS}/batch", json={"jobs": [right, wrong]})
    assert_problem(answer, 422, "#/jobs/1/input/file_id")
    assert len(answer.json()["errors"]) == 1
    assert (await client.get(JOBS)).json()["items"] == []


async def test_the_same_key_gives_the_same_job_when_the_file_is_gone(client: httpx2.AsyncClient) -> None:
    stored = await upload(client, b"hello")
    given, key = job(file_id=stored["id"]), {"Idempotency-Key": "k"}
    first = await client.post(JOBS, json=given, headers=key)
    await client.delete(f"{FILES}/{stored['id']}")
    again = await client.post(JOBS, json=given, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = await client.post(JOBS, json=given, headers={"Idempotency-Key": "other"})
    assert_problem(other, 422, "#/input/file_id")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, "#/input"),
        ({"file_id": "00000000-0000-7000-8000-000000000000", "input_file_path": "a.txt"}, "#/input"),
        ({"file_id": "../a"}, "#/input/file_id"),
        ({"file_id": 7}, "#/input/file_id"),
        ({"file_id": None}, "#/input"),
    ],
)
async def test_a_file_job_names_exactly_one_file(client: httpx2.AsyncClient, given: Json, pointer: str) -> None:
    assert_problem(await client.post(JOBS, json=job(**given)), 422, pointer)


async def test_submits_without_a_file_ask_nothing_more(
    client: httpx2.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the files were asked")

    monkeypatch.setattr("app.jobs.submission.owned", refuse)
    for one in ({"type": "echo", "input": {"message": "hello"}}, job(input_file_path="a.txt")):
        assert (await client.post(JOBS, json=one)).status_code == 202
        assert (await client.post(f"{JOBS}/batch", json={"jobs": [one]})).status_code == 202
