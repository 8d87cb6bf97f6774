import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.calling import call
from tests.unit.cli.played_api import played_api

ID = "01900000-0000-7000-8000-000000000001"
# The played API gives JSON alone, so the content of this file is a JSON text.
CONTENT = b'{"a": 1}'
STORED: dict[str, Any] = {
    "id": ID,
    "name": "a.json",
    "media_type": "application/json",
    "size_bytes": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "created_at": "2026-11-22T05:00:00Z",
    "expires_at": "2026-12-22T05:00:00Z",
}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_upload_sends_a_form_and_says_the_id(tmp_path: Path) -> None:
    (tmp_path / 'my "a".md').write_bytes(b"hello" * 100_000)
    with played_api((201, STORED)) as api:
        result = call("files", "upload", 'my "a".md', url=api.url)
    assert result.exit_code == 0, result.output
    assert f"file {ID} is a.json" in result.stdout
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/files")
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert asked.body.count(b"hello") == 100_000
    assert b'name="file"; filename="my %22a%22.md"\r\n\r\nhello' in asked.body
    assert int(asked.headers["content-length"]) == len(asked.body)


def test_upload_of_no_file_is_refused_here() -> None:
    result = call("files", "upload", "nothing.pdf", url="http://127.0.0.1:1")
    assert result.exit_code == 2
    assert "No such file" in result.stderr


def test_ls_shows_each_file() -> None:
    with played_api((200, {"items": [STORED], "next_cursor": None})) as api:
        assert call("files", "ls", url=api.url).stdout.splitlines()[1].split() == [
            ID,
            "a.json",
            "application/json",
            str(len(CONTENT)),
            "2026-12-22",
            "05:00:00",
        ]
        assert json.loads(call("files", "ls", "--json", url=api.url).stdout) == {"items": [STORED]}


def test_get_saves_under_the_file_s_own_name_and_overwrites_nothing(tmp_path: Path) -> None:
    with played_api((200, STORED), (200, {"a": 1}), (200, STORED)) as api:
        assert call("files", "get", ID, url=api.url).exit_code == 0
        assert (tmp_path / "a.json").read_bytes() == CONTENT
        again = call("files", "get", ID, url=api.url)
    assert again.exit_code == 2
    assert "a.json is there already" in again.stderr
    assert [one.path for one in api.asked][:2] == [f"/api/v1/files/{ID}", f"/api/v1/files/{ID}/content"]


def test_get_takes_no_folder_from_a_name(tmp_path: Path) -> None:
    with played_api((200, STORED | {"name": "../b.json"}), (200, {"a": 1})) as api:
        assert call("files", "get", ID, url=api.url).exit_code == 0
    assert (tmp_path / "b.json").read_bytes() == CONTENT


def test_get_saves_where_it_is_told(tmp_path: Path) -> None:
    with played_api((200, STORED), (200, {"a": 1}), (200, STORED), (200, {"a": 1})) as api:
        assert call("files", "get", ID, "-o", "x", url=api.url).exit_code == 0
        assert call("files", "get", ID, "-o", "-", url=api.url).stdout_bytes == CONTENT
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_get_of_something_else_is_an_error_and_saves_nothing(tmp_path: Path) -> None:
    with played_api((200, STORED), (200, {"b": 2})) as api:
        result = call("files", "get", ID, url=api.url)
    assert result.exit_code != 0
    assert "did not arrive whole" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_rm_deletes() -> None:
    with played_api((204, None)) as api:
        assert call("files", "rm", ID, url=api.url).stdout == f"file {ID} is deleted\n"
    assert (api.asked[0].method, api.asked[0].path) == ("DELETE", f"/api/v1/files/{ID}")


def test_submit_uploads_first(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(CONTENT)
    with played_api((201, STORED), (202, {"id": "j1", "status": "pending"})) as api:
        result = call("submit", "file", "--upload", "a.json", url=api.url)
    assert result.exit_code == 0, result.output
    assert [one.path for one in api.asked] == ["/api/v1/files", "/api/v1/jobs"]
    assert api.asked[1].body["input"] == {"file_id": ID}
