"""Lists of users, teams, keys and invites: a table for people, items for programs, a word where there is none."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

SEEN = "2026-03-01T09:30:00+00:00"
INVITE = {"id": "x", "email": "x", "role": "x", "used_at": SEEN, "created_at": SEEN, "expires_at": SEEN}
LISTS: dict[tuple[str, str], tuple[dict[str, Any], tuple[str, ...]]] = {
    ("users", "ls"): (
        {"email": "ada@example.org", "is_active": False, "last_seen_at": SEEN},
        ("ada@example.org", "no"),
    ),
    ("teams", "ls"): ({"name": "millers", "hides_payloads": True, "is_personal": False}, ("millers", "hidden")),
    ("users", "invites"): (INVITE, ("used", "2026-03-01")),
}


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


@pytest.mark.parametrize("words", LISTS)
def test_a_list_is_a_table_or_items(words: tuple[str, str]) -> None:
    item, shown = LISTS[words]
    page = {"items": [item], "next_cursor": None}
    with played_api((200, page), (200, page)) as api:
        table, as_json = call(*words, url=api.url), call(*words, "--json", url=api.url)
    assert json.loads(as_json.stdout) == {"items": [item]}
    head, line = table.stdout.splitlines()
    assert head == head.upper()
    assert all(word in line for word in shown)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("keys", "ls"), "there is no API key\n"), (("users", "invites"), "there is no invite\n")],
)
def test_where_there_is_none_a_word_says_so(words: tuple[str, str], said: str) -> None:
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        assert call(*words, url=api.url).stdout == said
