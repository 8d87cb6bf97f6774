"""Files are taken, listed, given back and deleted."""

import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.application_state import part_of
from app.core.database import Database
from app.core.settings import Settings
from app.documents.kinds import Kind, media_type
from app.main import create_app
from app.storage.uploads import Uploads
from tests.conftest import TOKEN
from tests.integration.problems import assert_problem
from tests.integration.uploads.sending import (
    FILES,
    FORM,
    MAX_BYTES,
    PNG,
    Json,
    assert_nothing_is_left,
    body,
    left,
    send,
    upload,
)
from tests.rig.callers import MEMBER, posing_as
from tests.unit.documents.office import SHEET, WORD, office, zipped
from tests.unit.documents.report import REPORT


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


@pytest.mark.parametrize(
    ("name", "content", "kept_as"),
    [
        ("a.txt", "Größe".encode("utf-16"), "text/plain"),
        ("a.txt", "Größe".encode("cp1252"), "text/plain"),
        ("a.csv", "名前,値\n田中,5\n".encode("shift-jis"), "text/csv"),
        ("a.xml", b"<?xml version='1.0'?><a/>", "text/plain"),
        ("a.html", b"<!doctype html><script>alert(1)</script>", "text/plain"),
        ("a.md", b"A PDF begins with `%PDF-1.7`.", "text/markdown"),
        ("a.eml", b"From: a\nSubject: b\n\nHello", "text/plain"),
        ("a.rtf", b"{\\rtf1 a}", "application/rtf"),
        ("a", zipped({"mimetype": b"application/epub+zip"}), "application/epub+zip"),
        ("a.zip", office(f"{WORD}.document.main+xml"), media_type(Kind.DOCX)),
        ("a", office(f"{SHEET}.sheet.main+xml"), media_type(Kind.XLSX)),
        ("a.pdf", b"GPL Ghostscript 9.55.0: a banner\n" + REPORT, "application/pdf"),
        ("a.pdf", b"\r\n" + REPORT, "application/pdf"),
        ("a.pdf", b"\xef\xbb\xbf" + REPORT, "application/pdf"),
    ],
)
async def test_files_of_every_kind_are_taken_and_none_is_served_as_a_page(
    client: httpx2.AsyncClient, name: str, content: bytes, kept_as: str
) -> None:
    stored = await upload(client, content, name)
    assert stored["media_type"] == kept_as
    served = await client.get(f"{FILES}/{stored['id']}/content")
    assert (served.content, served.headers["Content-Type"].partition(";")[0]) == (content, kept_as)
    assert served.headers["Content-Disposition"].startswith("attachment;")


async def test_a_name_that_comes_as_filename_star_alone_is_taken(client: httpx2.AsyncClient) -> None:
    head = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''gr%C3%BC%C3%9Fe.md\r\n\r\n"
    answer = await client.post(FILES, content=head + b"hello\r\n--b--\r\n", headers=FORM)
    assert (answer.status_code, answer.json()["name"], answer.json()["media_type"]) == (
        201,
        "grüße.md",
        "text/markdown",
    )


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
    client.headers.update(posing_as(MEMBER))
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


async def test_content_that_is_lost_is_a_missing_file(client: httpx2.AsyncClient, folder: Path) -> None:
    stored = await upload(client, b"hello")
    (folder / stored["id"]).unlink()
    answer = await client.get(f"{FILES}/{stored['id']}/content")
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


async def test_another_store_serves_as_well(
    own_settings: Settings, database: Database, redis: Redis, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    app: FastAPI = create_app(own_settings.model_copy(update={"files_url": (tmp_path / "store").as_uri()}))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://t", headers={"X-Service-Token": TOKEN}) as client,
    ):
        content = b"%PDF-1.7\n" + os.urandom(1_500_000)
        stored = await upload(client, content, "a.pdf")
        assert (await client.get(f"{FILES}/{stored['id']}/content")).content == content
        assert left(own_settings.uploads_dir) == []
        assert (await client.delete(f"{FILES}/{stored['id']}")).status_code == 204
        with pytest.raises(FileNotFoundError):
            await part_of(app, Uploads).contents.read(UUID(stored["id"]))


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
