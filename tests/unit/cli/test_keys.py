"""API keys on the command line: what it asks the API for, and what it prints."""

from typing import Any

from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

KEY: dict[str, Any] = {
    "id": "Ab3dE5gH",
    "prefix": "hr_live_Ab3dE5gH",
    "description": "nightly",
    "scopes": ["jobs:read", "jobs:write"],
    "is_active": True,
    "expires_at": "2027-03-01T10:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
    "deactivated_at": None,
    "rotated_to": None,
}
MADE = {**KEY, "key": "hr_live_Ab3dE5gH_secret"}


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments], env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


def test_a_key_is_printed_alone_so_that_it_can_be_piped() -> None:
    with played_api((201, MADE)) as api:
        made = call("create", "nightly", "--scope", "jobs:read", "--type", "echo", "--days", "30", url=api.url)
    assert made.stdout == "hr_live_Ab3dE5gH_secret\n"
    assert "shown once" in made.stderr
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/keys")
    assert asked.body == {
        "description": "nightly",
        "expires_in_days": 30,
        "scopes": ["jobs:read"],
        "job_types": ["echo"],
    }


def test_keys_are_listed_with_their_state() -> None:
    items = [
        KEY,
        {**KEY, "revoked_at": "2026-12-01T10:00:00Z", "is_active": False},
        {**KEY, "is_active": False},
        {**KEY, "rotated_to": "Zb3dE5gH"},
    ]
    with played_api((200, {"items": items, "next_cursor": None}), (200, {"items": [], "next_cursor": None})) as api:
        shown, none = call("ls", url=api.url), call("ls", url=api.url)
    states = [line.split()[3] for line in shown.stdout.splitlines()[1:]]
    assert states == ["active", "revoked", "over", "until"]
    assert none.stdout == "there is no API key\n"


def test_a_key_is_revoked_restored_and_rotated() -> None:
    with played_api((204, None), (200, KEY), (201, MADE)) as api:
        outs = [
            call(*words, url=api.url).stdout
            for words in (("revoke", "Ab3dE5gH"), ("restore", "Ab3dE5gH"), ("rotate", "Ab3dE5gH", "--overlap", "1"))
        ]
    assert outs == ["revoked Ab3dE5gH\n", "Ab3dE5gH opens again what it did\n", "hr_live_Ab3dE5gH_secret\n"]
    assert [(one.method, one.path) for one in api.asked] == [
        ("DELETE", "/api/v1/keys/Ab3dE5gH"),
        ("POST", "/api/v1/keys/Ab3dE5gH/restore"),
        ("POST", "/api/v1/keys/Ab3dE5gH/rotate"),
    ]
    assert api.asked[2].body == {"overlap_hours": 1.0, "expires_in_days": None}
