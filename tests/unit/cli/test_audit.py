"""The audit log on the command line: its filters, its pages, and CSV as the API writes it."""

import json
from typing import Any

import pytest

from tests.unit.cli.calling import call
from tests.unit.cli.played_api import Raw, played_api

LINE: dict[str, Any] = {
    "id": 7,
    "at": "2026-11-21T10:00:00Z",
    "actor": "service",
    "action": "queue.pause",
    "target": "default",
    "detail": {"by": 1},
    "request_id": None,
}
USER = "5b1c1f0e-0e4b-4b8e-9a3e-6f6a3b1d2c4e"
NOTHING: tuple[int, Any] = (200, {"items": [], "next_cursor": None})


def test_audit_shows_lines_over_several_pages() -> None:
    pages = [(200, {"items": [LINE] * 100, "next_cursor": "c1"}), (200, {"items": [LINE] * 100, "next_cursor": "c2"})]
    with played_api(*pages) as api:
        result = call("audit", "--limit", "150", url=api.url)
    lines = result.stdout.splitlines()
    assert len(lines) == 151
    assert lines[1].split() == ["2026-11-21", "10:00:00", "service", "queue.pause", "default", '{"by":', "1}"]
    assert [asked.path for asked in api.asked] == [
        "/api/v1/admin/audit?limit=100",
        "/api/v1/admin/audit?limit=100&cursor=c1",
    ]


def test_an_empty_audit_log_says_so() -> None:
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        assert call("audit", url=api.url).stdout == "no lines\n"


def test_filters_are_those_of_the_api() -> None:
    found = {"items": [{"id": USER}], "next_cursor": None}
    with played_api((200, found), NOTHING) as api:
        call(
            *("audit", "--actor", "ada", "--user", "ada@example.org", "--key", "Ab3dE5gH", "--action", "key."),
            *("--target", "user:1", "--address", "::1", "--since", "2026-11-01T00:00Z", "--until", "2026-12-01T00:00Z"),
            url=api.url,
        )
    assert api.asked[0].path == "/api/v1/admin/users?email=ada%40example.org"
    assert api.asked[1].path == (
        "/api/v1/admin/audit?limit=20&actor=ada"
        f"&user_id={USER}&key_id=Ab3dE5gH&action=key.&target=user%3A1&address=%3A%3A1"
        "&since=2026-11-01T00%3A00%3A00%2B00%3A00&until=2026-12-01T00%3A00%3A00%2B00%3A00"
    )


def test_csv_is_printed_as_it_comes() -> None:
    content = "id,actor\r\n1,ü\r\n".encode()
    with played_api((200, Raw(content, {"Content-Type": "text/csv"}))) as api:
        result = call("audit", "--csv", "--action", "key.", url=api.url)
    assert result.stdout_bytes == content
    assert api.asked[0].path == "/api/v1/admin/audit?action=key.&format=csv"


@pytest.mark.parametrize("options", [("--json",), ("--limit", "5")])
def test_csv_is_all_of_it(options: tuple[str, ...]) -> None:
    with played_api(NOTHING) as api:
        result = call("audit", "--csv", *options, url=api.url)
    assert result.exit_code == 2
    assert api.asked == []


def test_json_is_for_programs() -> None:
    with played_api((200, {"items": [LINE], "next_cursor": None})) as api:
        assert json.loads(call("audit", "--json", url=api.url).stdout) == {"items": [LINE]}
