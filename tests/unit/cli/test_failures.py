"""Calls that fail on their way: each ends with a line that says what to do, and with a code for scripts."""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from app.cli import main
from tests.rig.ports import free_port
from tests.unit.cli.played_api import Raw, played_api

ROOT = Path(__file__).parents[3]
HTML = Raw(b"<html>Welcome to nginx</html>")
REFUSED: dict[str, Any] = {"title": "x", "code": "invalid_request", "request_id": "r1"}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_TOKEN", "the-token")


@contextmanager
def a_server_that_says(said: bytes) -> Iterator[str]:
    """A server that answers each connection with the same bytes, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)

        thread = Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def fails(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> tuple[int, str]:
    """Run a command that fails; return its exit code and what it said on standard error."""
    code = main.run([*arguments, "--url", url])
    said = capsys.readouterr()
    assert said.out == ""
    return code, said.err


@pytest.mark.parametrize(
    ("status", "answer", "code", "said"),
    [
        (401, {"detail": "No.", "code": "unauthorized"}, 2, "does not take this token: set SERVICE_TOKEN"),
        (401, HTML, 3, "asks for a login of its own"),
        (403, {"detail": "Not yours.", "code": "forbidden"}, 2, "Not yours. (HTTP 403, forbidden)"),
        (403, HTML, 3, "not Headrace (HTTP 403, text/html)"),
        (404, {"detail": "There is no job 7.", "code": "job_not_found"}, 2, "There is no job 7. (HTTP 404, job_not"),
        (404, {"detail": "Not Found"}, 3, "not Headrace (HTTP 404"),  # another FastAPI application
        (409, {"detail": "The job is completed.", "code": "job_is_final"}, 2, "The job is completed. (HTTP 409"),
        (413, {"detail": "Too large.", "code": "body_too_large"}, 2, "Too large. (HTTP 413"),
        (413, HTML, 3, "larger than what stands before the API lets through"),
        (429, {"detail": "Too often.", "code": "too_many"}, 3, "Too often. Try again in 7 s. (HTTP 429"),
        (500, {"detail": "Something.", "code": "internal_error", "request_id": "r9"}, 3, "Something. It is r9. (HTTP"),
        (503, {"detail": "No database.", "code": "database_unavailable"}, 3, "No database. Try again in 7 s."),
        (502, HTML, 3, "cannot reach it: is the API running?"),
        (504, HTML, 3, "had no answer from it in time"),
        (301, Raw(b"", {"Location": "https://elsewhere.test/api/v1/jobs"}), 3, "sends on to https://elsewhere.test"),
        (200, HTML, 3, "is not Headrace (its answer is not the JSON that is expected)"),
        (200, Raw(b"", {}), 3, "is not Headrace"),
        (200, {"hello": "world"}, 3, "is not Headrace (its answer has no 'items'"),
        (200, ["a"], 3, "is not Headrace"),
        (200, 7, 3, "is not Headrace"),
    ],
)
def test_an_answer_that_is_none(
    capsys: pytest.CaptureFixture[str], status: int, answer: object, code: int, said: str
) -> None:
    if isinstance(answer, dict) and "code" in answer:
        answer = Raw(json.dumps(answer).encode(), {"Retry-After": "7", "Content-Type": "application/problem+json"})
    with played_api((status, answer)) as api:
        ended, lines = fails(capsys, "jobs", "ls", url=api.url)
    assert (ended, lines.count("\n")) == (code, 1)
    assert lines.startswith("error: ")
    assert said in lines


def test_a_post_is_not_sent_on_as_a_get(capsys: pytest.CaptureFixture[str]) -> None:
    with played_api((302, Raw(b"", {"Location": "/login"}))) as api:
        code, said = fails(capsys, "submit", "echo", "--text", "x", url=api.url)
    assert (code, len(api.asked)) == (3, 1)
    assert "sends on to /login" in said


def test_without_a_token_it_says_where_there_is_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "")
    with played_api((401, {"detail": "No.", "code": "unauthorized"})) as api:
        assert "asks for a token and there is none here" in fails(capsys, "jobs", "ls", url=api.url)[1]


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("localhost:8000", 2, "write it as http://"),
        ("ftp://localhost", 2, "write it as http://"),
        ("http://", 2, "write it as http://"),
        ("http://[::1", 2, "write it as http://"),
        ("http://localhost:port", 2, "write it as http://"),
        ("http://nowhere.invalid", 3, "no host 'nowhere.invalid' is known"),
    ],
)
def test_an_address_that_is_none(capsys: pytest.CaptureFixture[str], url: str, code: int, said: str) -> None:
    ended, lines = fails(capsys, "jobs", "ls", url=url)
    assert ended == code
    assert said in lines


def test_nothing_listens_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = fails(capsys, "jobs", "ls", url=f"http://127.0.0.1:{free_port()}")
    assert code == 3
    assert "`headrace run` starts it" in said


@pytest.mark.parametrize(
    ("scheme", "said_there", "said"),
    [
        ("http", b"SSH-2.0-OpenSSH_10.0\r\n", "it does not speak HTTP there"),
        ("http", b"", "it ended the connection without an answer"),
        ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n", "it does not speak TLS there"),
    ],
)
def test_something_else_listens_there(
    capsys: pytest.CaptureFixture[str], scheme: str, said_there: bytes, said: str
) -> None:
    with a_server_that_says(said_there) as place:
        code, lines = fails(capsys, "jobs", "ls", url=f"{scheme}://{place}")
    assert code == 3
    assert said in lines


def test_a_certificate_that_is_not_trusted_names_the_setting() -> None:
    from app.cli.failures import unreachable

    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    said = unreachable("https://h", error, timeout_s=30)
    assert said.endswith("not trusted: self-signed certificate; SSL_CERT_FILE names the CA's file")


def test_an_address_may_end_in_the_apis_path(capsys: pytest.CaptureFixture[str]) -> None:
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        assert main.run(["jobs", "ls", "--url", f"{api.url}/api/v1/"]) == 0
    assert api.asked[0].path.startswith("/api/v1/jobs?")
    assert capsys.readouterr().out == "no jobs\n"


def test_with_json_an_error_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    fault = {"pointer": "#path/job_id", "detail": "write an id, such as 01934f6e-0000-7000-8000-000000000000"}
    with played_api((422, REFUSED | {"detail": "d", "errors": [fault]})) as api:
        code, said = fails(capsys, "jobs", "show", "nope", "--json", url=api.url)
    assert code == 2
    assert json.loads(said)["error"] == {
        "message": "'nope' is not a job id.",
        "exit_code": 2,
        "status": 422,
        "code": "invalid_request",
        "request_id": "r1",
        "faults": [{"pointer": "#path/job_id", "option": "JOB_ID", "detail": "'nope' is not a job id."}],
    }


@pytest.mark.parametrize("arguments", [("jobs", "ls", "--limit", "x"), ("jobs", "lss"), ("queues", "limit")])
def test_with_json_a_wrong_call_is_one_object(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    code, said = fails(capsys, *arguments, "--json", url="http://127.0.0.1:1")
    assert code == 2
    assert json.loads(said)["error"]["exit_code"] == 2


@pytest.mark.parametrize("arguments", [("jobs", "ls"), ("jobs", "ls", "--json"), ("--help",)])
def test_a_closed_pipe_ends_quietly(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        ended = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "HEADRACE_URL": api.url},
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("jobs", "ls", "--limit", "0"), "Invalid value for '--limit': it must be at least 1\n"),
        (("jobs", "ls", "--limit", "x"), "Invalid value for '--limit': it must be a whole number\n"),
        (("submit", "echo", "--max-attempts", "26"), "Invalid value for '--max-attempts': it must be at most 25\n"),
        (("jobs", "lss"), "No such command 'lss'. Did you mean 'ls'?\n"),
        (("jobs", "ls", "--statsu", "x"), "No such option: --statsu (Possible options: --status)\n"),
    ],
)
def test_a_wrong_call_is_told_in_plain_words(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert main.run([*arguments]) == 2
    assert capsys.readouterr().err.endswith(said)
