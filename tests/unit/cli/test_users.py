"""Users on the command line: what it asks the API for, and what it prints."""

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

ID = "5b1c1f0e-0e4b-4b8e-9a3e-6f6a3b1d2c4e"
ADA: dict[str, Any] = {
    "id": ID,
    "email": "ada@example.org",
    "name": "Ada",
    "role": "admin",
    "is_active": True,
    "is_service": False,
    "created_at": "2026-12-01T10:00:00Z",
    "last_seen_at": None,
}
PASSWORD = "the mill stood still"


def call(*arguments: str, url: str, typed: str = "") -> Result:
    env = {"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"}
    return CliRunner().invoke(app, ["users", *arguments], env=env, input=typed)


@pytest.mark.parametrize(
    ("options", "typed"), [((), f"{PASSWORD}\n{PASSWORD}\n"), (("--password-stdin",), f"{PASSWORD}\n")]
)
def test_an_administrator_is_made_with_a_password_that_is_never_shown(options: tuple[str, ...], typed: str) -> None:
    with played_api((201, ADA)) as api:
        made = call("create-admin", "ada@example.org", *options, url=api.url, typed=typed)
    assert made.exit_code == 0
    assert made.stdout.endswith(f"ada@example.org is admin now: {ID}\n")
    assert PASSWORD not in made.output
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/admin/users")
    assert asked.body == {"email": "ada@example.org", "name": "ada", "role": "admin", "password": PASSWORD}


def test_a_password_can_be_made() -> None:
    with played_api((201, ADA)) as api:
        made = call("create", "ada@example.org", "--role", "operator", "--name", "Ada", "--generate", url=api.url)
    (asked,) = api.asked
    assert (asked.body["role"], asked.body["name"], len(asked.body["password"])) == ("operator", "Ada", 24)
    assert made.stdout.endswith(f"password, shown this once: {asked.body['password']}\n")
    with played_api((201, ADA)) as api:
        twice = call("create", "a@b.c", "--generate", "--password-stdin", url=api.url)
    assert twice.exit_code == 2


def test_users_are_listed() -> None:
    closed = {**ADA, "is_active": False, "last_seen_at": "2026-12-01T10:00:00Z"}
    with played_api((200, {"items": [ADA, closed], "next_cursor": None})) as api:
        shown = call("ls", url=api.url)
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[1] == [ID, "ada@example.org", "Ada", "admin", "yes", "-"]
    assert lines[2][5] == "no" or lines[2][4] == "no"


@pytest.mark.parametrize(
    ("arguments", "body", "said"),
    [
        (("disable",), {"is_active": False}, "ada@example.org is disabled\n"),
        (("enable",), {"is_active": True}, "ada@example.org may sign in again\n"),
        (("role", "viewer"), {"role": "viewer"}, "ada@example.org is viewer now\n"),
        (("limit", "20000"), {"requests_per_hour": 20000}, "ada@example.org may ask 20000 times an hour\n"),
        (("limit", "0"), {"requests_per_hour": 0}, "ada@example.org may ask without a limit\n"),
        (("limit", "default"), {"requests_per_hour": None}, "ada@example.org may ask as everybody\n"),
    ],
)
def test_a_user_is_changed_by_address_or_id(arguments: tuple[str, ...], body: dict[str, Any], said: str) -> None:
    verb, *rest = arguments
    with played_api((200, {"items": [ADA], "next_cursor": None}), (200, ADA)) as api:
        by_address = call(verb, "Ada@example.org", *rest, url=api.url)
    assert by_address.stdout == said
    assert [(one.method, one.path) for one in api.asked] == [
        ("GET", "/api/v1/admin/users?email=Ada%40example.org"),
        ("PATCH", f"/api/v1/admin/users/{ID}"),
    ]
    assert api.asked[1].body == body
    with played_api((200, ADA)) as api:
        assert call(verb, ID, *rest, url=api.url).stdout == said


@pytest.mark.parametrize("wrong", ["many", "-1", "1.5", ""])
def test_a_limit_is_a_number_or_the_default(wrong: str) -> None:
    result = call("limit", ID, "--", wrong, url="http://127.0.0.1:1")
    assert (result.exit_code, "write a number of requests, or default" in result.stderr) == (2, True)


def test_an_address_of_nobody_is_told() -> None:
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        result = call("disable", "eve@example.org", url=api.url)
    assert result.exit_code == 2
    assert "there is no user eve@example.org" in result.stderr
