"""Links that work once on the command line: what it asks the API for, and what it prints."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

ID = "5b1c1f0e-0e4b-4b8e-9a3e-6f6a3b1d2c4e"
LINK = "http://127.0.0.1:8000/invite#hr_link_abc"
INVITE: dict[str, Any] = {
    "id": ID,
    "email": "ada@example.org",
    "role": "operator",
    "team_id": None,
    "is_live": True,
    "made_by": ID,
    "created_at": "2026-12-01T10:00:00Z",
    "expires_at": "2026-12-08T10:00:00Z",
    "used_at": None,
    "user_id": None,
    "revoked_at": None,
}


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, ["users", *arguments], env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


def test_an_invite_s_link_is_printed_alone_so_that_it_can_be_piped() -> None:
    with played_api((201, {**INVITE, "link": LINK})) as api:
        made = call("invite", "ada@example.org", "--role", "operator", "--team", ID, "--days", "2", url=api.url)
        as_json = call("invite", "ada@example.org", "--json", url=api.url)
    assert made.stdout == f"{LINK}\n"
    assert "shown once" in made.stderr
    assert [asked.path for asked in api.asked] == ["/api/v1/admin/invites"] * 2
    assert [asked.body for asked in api.asked] == [
        {"email": "ada@example.org", "role": "operator", "expires_in_days": 2, "team_id": ID},
        {"email": "ada@example.org", "role": "member", "expires_in_days": 7},
    ]
    assert json.loads(as_json.stdout)["link"] == LINK
    assert as_json.stderr == ""


def test_invites_are_listed_with_what_became_of_them() -> None:
    items = [
        INVITE,
        {**INVITE, "is_live": False},
        {**INVITE, "is_live": False, "used_at": "2026-12-02T10:00:00Z"},
        {**INVITE, "is_live": False, "revoked_at": "2026-12-02T10:00:00Z"},
    ]
    with played_api((200, {"items": items, "next_cursor": None})) as api:
        shown = call("invites", url=api.url).stdout.splitlines()
    assert [line.split()[3] for line in shown[1:]] == ["open", "over", "used", "taken"]
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        assert call("invites", url=api.url).stdout == "there is no invite\n"


def test_an_invite_is_taken_back() -> None:
    with played_api((204, None)) as api:
        assert call("uninvite", ID, url=api.url).stdout == f"took {ID} back\n"
    assert (api.asked[0].method, api.asked[0].path) == ("DELETE", f"/api/v1/admin/invites/{ID}")


def test_a_reset_is_of_whom_an_address_names() -> None:
    found = {"items": [{"id": ID}], "next_cursor": None}
    made = {"email": "ada@example.org", "expires_at": "2026-12-02T10:00:00Z", "link": LINK}
    with played_api((200, found), (201, made)) as api:
        printed = call("reset", "ada@example.org", url=api.url)
    assert printed.stdout == f"{LINK}\n"
    assert "ada@example.org sets a new password by it" in printed.stderr
    assert (api.asked[1].method, api.asked[1].path) == ("POST", f"/api/v1/admin/users/{ID}/reset")
