"""The list of files that jobs may read by a path."""

import errno
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core import application_state
from app.storage.local import FileStore

PATH = "/api/v1/files/folder"


@pytest.fixture
def folder(app: FastAPI, tmp_path: Path) -> Path:
    """The files folder of the application, empty."""
    (tmp_path / "outside.txt").write_text("classified")
    (tmp_path / "files").mkdir()
    application_state.keep(app, FileStore(tmp_path / "files", 100))
    return tmp_path / "files"


async def test_files_are_listed_as_jobs_take_them(client: httpx2.AsyncClient, folder: Path) -> None:
    (folder / "reports").mkdir()
    (folder / "reports" / "a b.txt").write_text("hello")
    (folder / "link.txt").symlink_to(folder.parent / "outside.txt")
    found = (await client.get(PATH)).json()
    (only,) = found["items"]
    assert (only["path"], only["size_bytes"], found["truncated"]) == ("reports/a b.txt", 5, False)
    assert only["modified_at"].endswith("Z")
    job = {"type": "file", "input": {"input_file_path": only["path"]}}
    assert (await client.post("/api/v1/jobs", json=job)).status_code == 202


async def test_no_folder_is_an_empty_list(client: httpx2.AsyncClient, app: FastAPI, tmp_path: Path) -> None:
    application_state.keep(app, FileStore(tmp_path / "nothing", 100))
    assert (await client.get(PATH)).json() == {"items": [], "truncated": False}


async def test_a_list_that_is_cut_says_so(client: httpx2.AsyncClient, folder: Path) -> None:
    for number in range(3):
        (folder / f"{number}.txt").touch()
    found = (await client.get(PATH, params={"limit": 2})).json()
    assert (len(found["items"]), found["truncated"]) == (2, True)


@pytest.mark.parametrize("limit", ["0", "1001", "all"])
async def test_a_bad_limit_is_refused(client: httpx2.AsyncClient, limit: str) -> None:
    assert (await client.get(PATH, params={"limit": limit})).status_code == 422


async def test_a_folder_that_cannot_be_read_is_a_problem_without_its_place(
    client: httpx2.AsyncClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "permission denied", path)

    monkeypatch.setattr("app.storage.local.os.fwalk", refuse)
    answer = await client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "files_unreadable")
    assert str(folder) not in answer.text
