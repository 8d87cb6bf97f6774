"""Teams on the command line: what it asks the API for, and what it prints."""

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

TEAM, USER = "01934f6e-0000-7000-8000-00000000000a", "5b1c1f0e-0e4b-4b8e-9a3e-6f6a3b1d2c4e"
PATH = f"/api/v1/admin/teams/{TEAM}"
RESEARCH: dict[str, Any] = {
    "id": TEAM,
    "name": "Research",
    "hides_payloads": True,
    "is_personal": False,
    "members": 2,
    "created_at": "2026-12-01T10:00:00Z",
}
ADA: dict[str, Any] = {"user_id": USER, "email": "a@b.c", "name": "Ada", "role": "viewer", "is_active": False}


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, ["teams", *arguments], env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


def test_a_team_is_made() -> None:
    with played_api((201, RESEARCH)) as api:
        made = call("create", "Research", "--hide-payloads", url=api.url)
    assert made.stdout == f"Research is a team now: {TEAM}\n"
    assert api.asked[0].body == {"name": "Research", "hides_payloads": True}


def test_teams_and_members_are_listed() -> None:
    with played_api((200, {"items": [RESEARCH], "next_cursor": None}), (200, {"items": [ADA]})) as api:
        teams, members = call("ls", url=api.url), call("members", TEAM, url=api.url)
    assert teams.stdout.splitlines()[1].split() == [TEAM, "Research", "2", "hidden", "no"]
    assert members.stdout.splitlines()[1].split() == [USER, "a@b.c", "Ada", "viewer", "no"]
    assert api.asked[1].path == f"{PATH}/members"


@pytest.mark.parametrize(("verb", "method"), [("add", "PUT"), ("remove", "DELETE")])
def test_who_acts_for_a_team_is_named_by_address_or_id(verb: str, method: str) -> None:
    with played_api((200, {"items": [{"id": USER}], "next_cursor": None}), (204, None), (204, None)) as api:
        by_address, by_id = call(verb, TEAM, "a@b.c", url=api.url), call(verb, TEAM, USER, url=api.url)
    assert (by_address.exit_code, by_id.exit_code) == (0, 0), by_address.output + by_id.output
    changes = [(one.method, one.path) for one in api.asked[1:]]
    assert changes == [(method, f"{PATH}/members/{USER}")] * 2


def test_payloads_are_hidden_and_shown() -> None:
    with played_api((200, RESEARCH), (200, {**RESEARCH, "hides_payloads": False})) as api:
        hidden, shown = call("payloads", TEAM, "hide", url=api.url), call("payloads", TEAM, "show", url=api.url)
    assert [one.body for one in api.asked] == [{"hides_payloads": True}, {"hides_payloads": False}]
    assert (hidden.stdout, shown.stdout) == (
        "Research: viewers see no payloads\n",
        "Research: viewers see all payloads\n",
    )
    assert call("payloads", TEAM, "maybe", url="http://127.0.0.1:9").exit_code == 2
