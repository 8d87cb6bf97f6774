"""`submit … --file`: the text, an upload, or the server's folder; and it says which."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.client import CallError
from tests.rig import pdfs
from tests.rig.ports import free_port
from tests.unit.cli.calling import call
from tests.unit.cli.played_api import PlayedApi, played_api

ID = "01900000-0000-7000-8000-000000000001"
STORED = {"id": ID, "name": "a.pdf", "media_type": "application/pdf", "size_bytes": 9}
JOB = {"id": "j1", "status": "pending"}
PDF = pdfs.of_texts([(50, 50, 10, "Hello")])


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sent(api: PlayedApi) -> Any:
    return api.asked[-1].body["input"]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", "käse".encode(), "käse"),
        ("a.txt", b"\xef\xbb\xbfk\xc3\xa4se", "käse"),
        ("a.md", b"# A PDF begins with %PDF-1.7", "# A PDF begins with %PDF-1.7"),
        ("README", b"Read me.", "Read me."),
        ("a.csv", b"a,b\n1,2\n", "a,b\n1,2\n"),
        ("a.json", b'{"a": 1}', '{"a": 1}'),
    ],
)
@pytest.mark.parametrize("job_type", ["summarize", "classify", "data_extraction", "translate"])
def test_plain_text_is_sent_as_text(job_type: str, name: str, content: bytes, text: str) -> None:
    Path(name).write_bytes(content)
    with played_api((202, JOB)) as api:
        result = call("submit", job_type, "--file", name, url=api.url)
    assert (result.exit_code, result.stderr, sent(api)) == (0, "", {"text": text})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", PDF),
        ("noise.pdf", b"GPL Ghostscript 9.55\n" + PDF),
        ("a.txt", "käse".encode("utf-16")),
        ("a.txt", "käse".encode("cp1252")),
        ("a.csv", "名前,値\n".encode("shift-jis")),
        ("a.html", b"<!doctype html><p>Hello"),
        ("a.eml", b"From: a\nSubject: b\n\nHello"),
        ("a.rtf", b"{\\rtf1 a}"),
        ("a.txt", b"x" * 1_000_001),
        ("a.txt", b"x" * 4_000_002),
        ("a.txt", b"a\x00b"),
    ],
)
def test_any_other_file_is_uploaded_and_that_is_said(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    with played_api((201, STORED), (202, JOB)) as api:
        result = call("submit", "summarize", "--file", name, "--pages", "1-5", url=api.url)
    assert result.exit_code == 0, result.output
    assert content in api.asked[0].body
    assert sent(api) == {"file_id": ID, "pages": "1-5"}
    assert result.stderr == f"{name} is uploaded as file {ID} (application/pdf, 9 bytes)\n"


@pytest.mark.parametrize("job_type", ["file", "pdf_extract"])
def test_a_type_without_text_is_given_the_file(job_type: str) -> None:
    Path("a.txt").write_text("hello")
    with played_api((201, STORED), (202, JOB)) as api:
        call("submit", job_type, "--file", "a.txt", url=api.url)
    assert sent(api) == {"file_id": ID}


@pytest.mark.parametrize("job_type", ["file", "pdf_extract", "summarize"])
@pytest.mark.parametrize("listed", [{"items": [{"path": "2026/a.pdf"}]}, {"items": [], "truncated": True}])
def test_what_is_not_here_is_taken_from_the_server_s_folder(job_type: str, listed: dict[str, Any]) -> None:
    with played_api((200, listed), (202, JOB)) as api:
        result = call("submit", job_type, "--file", "2026/a.pdf", url=api.url)
    assert api.asked[0].path == "/api/v1/files/folder?limit=1000"
    assert sent(api) == {"input_file_path": "2026/a.pdf"}
    assert result.stderr == "2026/a.pdf is not here; the server reads it from its files folder\n"


@pytest.mark.parametrize("name", ["/nowhere/a.txt", "~/a.txt", "./a.txt", "../a.txt", "nothing.txt"])
def test_what_is_nowhere_is_a_usage_error(name: str) -> None:
    with played_api((200, {"items": [], "truncated": False})) as api:
        result = call("submit", "summarize", "--file", name, url=api.url)
    assert (result.exit_code, "No such file" in result.stderr) == (2, True)
    assert "/api/v1/jobs" not in [asked.path for asked in api.asked]


def test_a_path_of_the_server_s_folder_can_be_named_as_such() -> None:
    Path("a.txt").write_text("here")
    with played_api((202, JOB)) as api:
        call("submit", "file", "--path", "a.txt", url=api.url)
    assert sent(api) == {"input_file_path": "a.txt"}


def test_echo_takes_text_alone() -> None:
    Path("a.txt").write_text("hello")
    Path("a.pdf").write_bytes(PDF)
    with played_api((202, JOB)) as api:
        assert call("submit", "echo", "--file", "a.txt", url=api.url).exit_code == 0
        assert sent(api) == {"message": "hello"}
        assert "echo takes nothing else" in call("submit", "echo", "--file", "a.pdf", url=api.url).stderr
        assert "No such file" in call("submit", "echo", "--file", "b.txt", url=api.url).stderr


def test_a_type_without_a_text_refuses_one_before_anything_is_sent() -> None:
    with played_api((202, JOB)) as api:
        result = call("submit", "pdf_extract", "--text", "hello", url=api.url)
    assert (result.exit_code, api.asked) == (2, [])
    assert "--text: pdf_extract takes no text; `headrace types pdf_extract` shows what it takes" in " ".join(
        result.stderr.split()
    )


@pytest.mark.parametrize("way", [("--text", "hello"), ("--file", "a.pdf"), ("--file", "not-here.pdf")])
def test_a_type_that_the_api_has_not_is_refused_before_a_file_is_sent(way: tuple[str, str]) -> None:
    Path("a.pdf").write_bytes(PDF)
    with played_api((201, STORED)) as api:
        result = call("submit", "sumarize", *way, url=api.url)
    assert (result.exit_code, api.asked) == (2, [])
    assert "no job type 'sumarize'; there are: classify, data_extraction, echo" in " ".join(result.stderr.split())


@pytest.mark.parametrize("way", [("--text", "hello"), ("--file", "a.pdf")])
def test_an_api_that_is_away_is_said_so(way: tuple[str, str]) -> None:
    Path("a.pdf").write_bytes(PDF)
    result = call("submit", "summarize", *way, url=f"http://127.0.0.1:{free_port()}")
    assert isinstance(result.exception, CallError)
    assert (result.exception.exit_code, "`headrace run` starts it" in str(result.exception)) == (3, True)


@pytest.mark.parametrize("way", [("--path", "a.pdf"), ("--input", '{"text": "a"}'), ("--set", "text=a")])
def test_what_names_its_field_needs_no_job_types(way: tuple[str, str]) -> None:
    with played_api((202, JOB)) as api:
        assert call("submit", "summarize", *way, url=api.url).exit_code == 0
    assert api.types_asked == 0


def test_a_type_of_a_plug_in_says_itself_what_it_takes() -> None:
    Path("a.txt").write_text("hello")
    fields = {"question": {"type": "string"}, "tone": {"enum": ["dry"], "type": "string"}}
    own = {"name": "ask", "input_schema": {"properties": fields, "required": ["question"]}}
    with played_api((202, JOB)) as api:
        api.types = [(200, [own])]
        call("submit", "ask", "--text", "why?", url=api.url)
        assert sent(api) == {"question": "why?"}
        call("submit", "ask", "--file", "a.txt", url=api.url)
        assert sent(api) == {"question": "hello"}
        assert "No such file" in call("submit", "ask", "--file", "b.txt", url=api.url).stderr
        own["input_schema"] = {"properties": {"number": {"type": "integer"}}}
        api.types = [(200, [own])]
        assert "takes neither a text nor an uploaded file" in " ".join(
            call("submit", "ask", "--file", "a.txt", url=api.url).stderr.split()
        )


@pytest.mark.parametrize("ways", [("--text", "a", "--file", "b"), ("--file", "a", "--upload", "b", "--path", "c")])
def test_one_of_the_ways_is_given(ways: tuple[str, ...]) -> None:
    result = call("submit", "summarize", *ways, url="http://127.0.0.1:1")
    assert (result.exit_code, "not both" in result.stderr) == (2, True)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    result = call("submit", "summarize", "--file", str(tmp_path), url="http://127.0.0.1:1")
    assert (result.exit_code, "Is a directory" in result.stderr) == (2, True)


@pytest.mark.parametrize(("content", "fields"), [(b"piped", {"text": "piped"}), (PDF, {"file_id": ID})])
def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes, fields: dict[str, str]) -> None:
    monkeypatch.setattr("app.cli.given_file.sys", SimpleNamespace(stdin=SimpleNamespace(buffer=io.BytesIO(content))))
    with played_api(*([(201, STORED)] if "file_id" in fields else []), (202, JOB)) as api:
        call("submit", "summarize", "--file", "-", url=api.url)
    assert sent(api) == fields
    assert len(api.asked) == (2 if "file_id" in fields else 1)
