"""Pages of jobs' documents as pictures."""

import asyncio
import io
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import text
from starlette.requests import Request

from app.core.application_state import part_of
from app.core.database import Database
from app.core.settings import Settings
from app.documents.kinds import Kind
from app.jobs.api import document_pages
from app.jobs.api.document_page_endpoints import has_left
from app.jobs.api.document_pages import FoundPage, PagePictures
from tests.integration.uploads.sending import FILES, PNG, upload
from tests.rig import jobs, pdfs
from tests.rig.callers import MEMBER, posing_as

JOBS = "/api/v1/jobs"
TWO_PAGES = pdfs.of_texts([(72, 700, 12, "The first page")], [(72, 700, 12, "The second page")])
JPEG = b"\xff\xd8\xff"
FOUND = FoundPage(UUID(int=0), 1, "tag", TWO_PAGES, Kind.PDF)


async def submit(client: httpx2.AsyncClient, **given: Any) -> str:
    answer = await client.post(JOBS, json={"type": "pdf_extract", "input": given})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id


async def of_upload(client: httpx2.AsyncClient, content: bytes = TWO_PAGES, name: str = "a.pdf") -> str:
    return await submit(client, file_id=(await upload(client, content, name))["id"])


async def page(client: httpx2.AsyncClient, job_id: object, number: object = 1, **headers: str) -> httpx2.Response:
    return await client.get(f"{JOBS}/{job_id}/pages/{number}", headers=headers)


def refused(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_each_page_is_a_picture_of_its_own(client: httpx2.AsyncClient) -> None:
    job_id = await of_upload(client)
    first, second = await page(client, job_id, 1), await page(client, job_id, 2)
    assert first.status_code == second.status_code == 200
    assert first.content.startswith(JPEG)
    assert first.content != second.content
    assert first.headers["content-type"] == "image/jpeg"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["etag"] != second.headers["etag"]


async def test_a_page_of_a_file_in_the_folder_is_drawn(client: httpx2.AsyncClient, own_settings: Settings) -> None:
    own_settings.files_dir.mkdir(parents=True)
    (own_settings.files_dir / "a.pdf").write_bytes(TWO_PAGES)
    job_id = await submit(client, input_file_path="a.pdf")
    answer = await page(client, job_id, 2)
    assert answer.content.startswith(JPEG)
    (own_settings.files_dir / "a.pdf").write_bytes(pdfs.blank(2))
    assert (await page(client, job_id, 2)).headers["etag"] != answer.headers["etag"]
    (own_settings.files_dir / "a.pdf").write_text("no PDF any more")
    assert refused(await page(client, job_id)) == (409, "file_has_no_pages")
    (own_settings.files_dir / "a.pdf").unlink()
    assert refused(await page(client, job_id)) == (404, "file_not_found")
    (own_settings.files_dir / "a.pdf").symlink_to("/etc/hostname")
    assert refused(await page(client, job_id)) == (404, "file_not_found")


async def test_a_picture_that_is_known_is_not_drawn_again(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await of_upload(client)
    etag = (await page(client, job_id)).headers["etag"]

    async def never(*_: object, **__: object) -> bytes:
        raise AssertionError("it was drawn again")

    monkeypatch.setattr(document_pages, "draw", never)
    known = await page(client, job_id, **{"If-None-Match": f'"other", {etag}'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
    other = await page(client, job_id, **{"If-None-Match": '"other"'})
    assert (other.status_code, other.json()["code"]) == (500, "internal_error")


@pytest.mark.parametrize("number", [0, -1, 3, 9999, 10**30])
async def test_a_page_that_is_not_there(client: httpx2.AsyncClient, number: int) -> None:
    assert refused(await page(client, await of_upload(client), number)) == (404, "page_not_found")


async def test_what_is_no_number_is_refused(client: httpx2.AsyncClient) -> None:
    assert refused(await page(client, await of_upload(client), "one")) == (422, "invalid_request")


async def test_another_owner_s_job_has_no_pages(client: httpx2.AsyncClient, database: Database) -> None:
    client.headers.update(posing_as(MEMBER))
    job_id = await of_upload(client)
    etag = (await page(client, job_id)).headers["etag"]
    await jobs.change(database, UUID(job_id), f"owner_id = '{uuid4()}'")
    for headers in ({}, {"If-None-Match": etag}):
        assert refused(await page(client, job_id, **headers)) == (404, "job_not_found")
    assert refused(await page(client, uuid4())) == (404, "job_not_found")


@pytest.mark.parametrize("change", ["owner_id = gen_random_uuid()", "expires_at = now()"])
async def test_a_file_that_expired_has_no_pages(client: httpx2.AsyncClient, database: Database, change: str) -> None:
    job_id = await of_upload(client)
    await database.rows(text(f"UPDATE files SET {change}"))
    assert refused(await page(client, job_id)) == (404, "file_not_found")


async def test_a_file_that_is_deleted_meanwhile(client: httpx2.AsyncClient, folder: Path) -> None:
    stored = await upload(client, TWO_PAGES, "a.pdf")
    job_id = await submit(client, file_id=stored["id"])
    (folder / stored["id"]).unlink()
    assert refused(await page(client, job_id)) == (404, "file_not_found")
    await client.delete(f"{FILES}/{stored['id']}")
    assert refused(await page(client, job_id)) == (404, "file_not_found")


async def test_a_picture_is_its_own_page(client: httpx2.AsyncClient) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    job_id = await of_upload(client, out.getvalue(), "a.png")
    drawn = await page(client, job_id)
    assert drawn.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(drawn.content)).size == (40, 30)
    assert refused(await page(client, job_id, 2)) == (404, "page_not_found")
    assert refused(await page(client, await of_upload(client, PNG, "b.png"))) == (409, "file_unreadable")


async def test_a_job_without_pages(client: httpx2.AsyncClient) -> None:
    assert refused(await page(client, await of_upload(client, b"hello", "a.txt"))) == (409, "file_has_no_pages")
    answer = await client.post(JOBS, json={"type": "echo", "input": {"message": "hello"}})
    assert refused(await page(client, answer.json()["id"])) == (404, "page_not_found")


async def test_a_pdf_that_cannot_be_drawn_says_why(client: httpx2.AsyncClient) -> None:
    locked = pdfs.of_texts([(72, 700, 12, "secret")], password="password")
    answer = await page(client, await of_upload(client, locked))
    assert refused(answer) == (409, "pdf_encrypted")
    assert answer.json()["detail"] == "The PDF is encrypted; its password would be needed."
    broken = b"%PDF-1.7\n1 0 obj\n<< /Broken"
    assert refused(await page(client, await of_upload(client, broken))) == (409, "file_unreadable")


async def test_a_page_that_takes_too_long_can_be_asked_for_later(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both where drawing takes long, and where the turn does not come."""
    job_id = await of_upload(client)
    begun = asyncio.Event()

    async def hangs(*_: object, **__: object) -> bytes:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(document_pages, "WITHIN_S", 0.2)
        patch.setattr(document_pages, "draw", hangs)
        answers = await asyncio.gather(*(page(client, job_id, 1) for _ in range(5)))
    assert begun.is_set()
    assert {refused(answer) for answer in answers} == {(503, "page_timeout")}
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert (await page(client, job_id)).status_code == 200


async def test_the_limited_process_is_ended_when_it_takes_too_long(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_pages, "WITHIN_S", 0.001)
    assert refused(await page(client, await of_upload(client))) == (503, "page_timeout")


async def test_two_are_drawn_at_once(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = part_of(app, PagePictures)
    turns, begun = asyncio.Semaphore(0), 0

    async def counted(*_: object, **__: object) -> bytes:
        nonlocal begun
        begun += 1
        await turns.acquire()
        return JPEG

    async def begins() -> int:
        for _ in range(20):
            await asyncio.sleep(0)
        return begun

    monkeypatch.setattr(document_pages, "draw", counted)
    asked = [asyncio.create_task(pictures.draw(FOUND, still_there)) for _ in range(4)]
    assert await begins() == 2
    turns.release()
    assert await begins() == 3
    for _ in asked:
        turns.release()
    assert [await one for one in asked] == [JPEG] * 4


async def test_nothing_is_drawn_for_who_went_away(app: FastAPI) -> None:
    async def gone() -> bool:
        return True

    pictures = part_of(app, PagePictures)
    assert await pictures.draw(FOUND, gone) is None
    assert (await pictures.draw(FOUND, still_there) or b"").startswith(JPEG)


async def test_who_may_be_gone_gets_a_picture_only_while_nobody_else_waits(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that went on to another page has closed its side, as one does that only waits for its answer."""
    pictures = part_of(app, PagePictures)
    half_closed, hangs = asyncio.Event(), asyncio.Event()
    half_closed.set()

    async def hangs_on(*_: object, **__: object) -> bytes:
        await hangs.wait()
        return JPEG

    async def silent() -> Any:
        await asyncio.Event().wait()

    def left() -> Any:
        return has_left(Request({"type": "http", "state": {"half_closed": half_closed}}, silent), pictures)

    monkeypatch.setattr(document_pages, "draw", hangs_on)
    first = asyncio.create_task(pictures.draw(FOUND, left))
    asked = [asyncio.create_task(pictures.draw(FOUND, still_there)) for _ in range(2)]
    later = asyncio.create_task(pictures.draw(FOUND, left))
    last = asyncio.create_task(pictures.draw(FOUND, still_there))
    await asyncio.sleep(0)
    hangs.set()
    assert await asyncio.gather(first, *asked, later, last) == [JPEG, JPEG, JPEG, None, JPEG]


async def still_there() -> bool:
    return False
