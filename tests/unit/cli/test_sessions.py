"""Signed-in browsers on the command line: what it asks the API for, and what it prints."""

from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

ID = "5b1c1f0e-0e4b-4b8e-9a3e-6f6a3b1d2c4e"
OPEN = {"id": ID, "name": "service", "address": "203.0.113.7", "opened_at": "2026-11-30", "expires_at": "2026-12-01"}


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, ["sessions", *arguments], env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


def test_who_is_signed_in_is_listed() -> None:
    with played_api((200, {"items": [OPEN]}), (200, {"items": []})) as api:
        shown, nobody = call("ls", url=api.url), call("ls", url=api.url)
    assert shown.stdout.splitlines()[1].split() == [ID, "service", "203.0.113.7", "2026-11-30", "2026-12-01"]
    assert nobody.stdout == "no browser is signed in\n"


def test_one_or_all_are_signed_out() -> None:
    with played_api((204, None), (200, {"ended": 3})) as api:
        one, every = call("end", ID, url=api.url), call("end", "--all", url=api.url)
    assert (one.stdout, every.stdout) == ("signed out 1 browser\n", "signed out 3 browsers\n")
    assert [(asked.method, asked.path) for asked in api.asked] == [
        ("DELETE", f"/api/v1/admin/sessions/{ID}"),
        ("DELETE", "/api/v1/admin/sessions"),
    ]


def test_it_must_be_said_whom() -> None:
    for arguments in ((), (ID, "--all")):
        result = call("end", *arguments, url="http://127.0.0.1:1")
        assert result.exit_code == 2
        assert "Give the id of one session, or --all." in result.stderr
