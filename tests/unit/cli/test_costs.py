import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from tests.unit.cli.played_api import played_api

SUM: dict[str, Any] = {
    "jobs": 2,
    "attempts": 3,
    "prompt_tokens": 1200,
    "cached_tokens": 200,
    "completion_tokens": 80,
    "cost_usd": 0.0123,
    "unpriced": 0,
}
SPAN: dict[str, Any] = {"group_by": "model", "first_day": "2026-11-01", "last_day": "2026-11-30"}


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, ["costs", *arguments], env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


def test_costs_are_a_line_for_each_group_and_the_sum() -> None:
    items: list[dict[str, Any]] = [{**SUM, "key": "small"}, {**SUM, "key": "own", "cost_usd": None, "unpriced": 4}]
    answer = {**SPAN, "items": items, "total": {**SUM, "unpriced": 4}}
    with played_api((200, answer)) as api:
        result = call("--by", "model", "--from", "2026-11-01", "--to", "2026-11-30", url=api.url)
    assert result.exit_code == 0
    assert api.asked[0].path == "/api/v1/costs?from=2026-11-01&to=2026-11-30&group_by=model"
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["MODEL", "JOBS", "ATTEMPTS", "PROMPT_TOKENS", "CACHED_TOKENS", "COMPLETION_TOKENS", "USD"]
    assert lines[1] == ["small", "2", "3", "1200", "200", "80", "0.012300"]
    assert lines[2][-1] == "+"
    assert (lines[3][0], lines[3][-1]) == ("all", "0.012300+")
    assert "price is unknown, 4 in all" in result.stdout


def test_by_default_the_days_are_shown() -> None:
    with played_api((200, {**SPAN, "group_by": "day", "items": [], "total": SUM})) as api:
        result = call(url=api.url)
    assert api.asked[0].path == "/api/v1/costs?group_by=day"
    assert result.stdout == "no model answered from 2026-11-01 to 2026-11-30\n"


def test_costs_are_json_for_programs() -> None:
    answer = {**SPAN, "items": [], "total": SUM}
    with played_api((200, answer)) as api:
        assert json.loads(call("--json", url=api.url).stdout) == answer


@pytest.mark.parametrize("arguments", [("--by", "queue"), ("--from",)])
def test_bad_options_end_with_code_2(arguments: tuple[str, ...]) -> None:
    assert call(*arguments, url="http://127.0.0.1:9").exit_code == 2
