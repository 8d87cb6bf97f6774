from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import utc_now
from tests.unit.cli.calling import call
from tests.unit.cli.played_api import played_api

QUOTA: dict[str, Any] = {
    "configured": "60/min",
    "override": None,
    "advertised": "30/min",
    "effective": "30/min",
    "factor": 1.0,
    "requests_left": 12.0,
    "tokens_left": None,
    "startable": 1,
    "next_start_s": 0.5,
    "reserved": 3,
    "rejected": 0,
}
CLOSED: dict[str, Any] = {
    "state": "closed",
    "until": None,
    "failures": 0,
    "last_ok_at": None,
    "last_error": None,
    "last_error_at": None,
}
OPEN = CLOSED | {"state": "open", "until": "2026-11-22T05:00:10.5Z", "failures": 5}
MODEL: dict[str, Any] = {
    "name": "small",
    "model": "small-1",
    "context_tokens": 8192,
    "vision": False,
    "price": {"input": 0.15, "output": 0.6},
    "quota": QUOTA,
}
PROVIDERS: dict[str, Any] = {
    "providers": [
        {"name": "openai", "kind": "openai", "host": "api.openai.com", "breaker": OPEN, "models": [MODEL]},
        {"name": "sim", "kind": "simulated", "host": "", "breaker": None, "models": []},
    ],
    "aliases": {"default": ["small", "large"]},
}
STATUS: dict[str, Any] = {
    "provider": "openai",
    "state": "credits_exhausted",
    "message": "The account has no credit left.",
    "balance_usd": 0.0,
    "usage_usd": 25.5,
    "usage_today_usd": None,
    "usage_month_usd": None,
    "consecutive_failures": 5,
    "breaker": OPEN,
    "quotas": {"small": QUOTA | {"override": "60/min", "effective": "60/min", "factor": 0.5}},
    "last_success_at": "2026-11-22T04:59:00Z",
    "last_error": "unavailable",
    "last_error_at": "2026-11-22T05:00:00Z",
    "checked_at": "2026-11-22T04:58:00Z",
    "is_stale": True,
}
CALLS: dict[str, Any] = {
    "calls": 23,
    "successes": 20,
    "failures": {"rate_limited": 1, "timeout": 2},
    "prompt_tokens": 2000,
    "cached_tokens": 600,
    "completion_tokens": 400,
    "priced": 20,
    "cost_usd": 0.002469,
    "latency_p50_s": 0.1,
    "latency_p95_s": None,
}
METRICS: dict[str, Any] = {
    "provider": "openai",
    "days": [
        {"day": "2026-11-21", "models": [], "states_s": {"closed": 86400.0, "open": 0.0}},
        {"day": "2026-11-22", "models": [CALLS | {"model": "small-1"}], "states_s": {"closed": 9.0, "open": 42.0}},
    ],
    "total": CALLS | {"cost_usd": None},
}


def test_ls_shows_breakers_models_and_aliases() -> None:
    with played_api((200, PROVIDERS)) as api:
        lines = call("providers", "ls", url=api.url).stdout.splitlines()
    assert lines[0] == "openai (api.openai.com): failing, no call before 2026-11-22 05:00:10"
    assert lines[1] == "sim (simulated): unknown, Redis is away"
    assert lines[4].split() == ["small", "openai", "small-1", "8192", "False", "0.15/0.6", "30/min", "12", "0.5", "3"]
    assert lines[-1] == "default = small, large"
    assert [(one.method, one.path) for one in api.asked] == [("GET", "/api/v1/providers")]


def test_ls_names_the_one_model_of_a_provider_that_fails() -> None:
    models = [MODEL | {"breaker": CLOSED}, MODEL | {"name": "large", "breaker": OPEN}]
    one = PROVIDERS["providers"][0] | {"breaker": CLOSED, "models": models}
    with played_api((200, PROVIDERS | {"providers": [one]})) as api:
        lines = call("providers", "ls", url=api.url).stdout.splitlines()
    assert lines[:3] == [
        "openai (api.openai.com): calls go",
        "  large: failing, no call before 2026-11-22 05:00:10",
        "",
    ]


def test_ls_shows_the_preset_calls_in_flight_and_why_a_model_fails() -> None:
    busy = MODEL | {"max_in_flight": 2, "in_flight": 1, "breaker": OPEN | {"last_error": "timeout"}}
    models = [busy, MODEL | {"name": "large", "max_in_flight": 1, "in_flight": None}, MODEL | {"name": "free"}]
    one = PROVIDERS["providers"][0] | {"breaker": CLOSED, "preset": "openai", "models": models}
    with played_api((200, PROVIDERS | {"providers": [one]})) as api:
        lines = call("providers", "ls", url=api.url).stdout.splitlines()
    assert lines[:2] == [
        "openai (api.openai.com, preset openai): calls go",
        "  small: failing, no call before 2026-11-22 05:00:10 (timeout)",
    ]
    assert [line.split()[-1] for line in lines[3:7]] == ["IN_FLIGHT", "1/2", "?/1", "-"]


def test_ls_shows_what_was_learned_with_the_providers_sentence() -> None:
    long = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    learned_at = (utc_now() - timedelta(hours=3, minutes=1)).isoformat()
    lessons = [
        {"parameter": "max_tokens_param", "value": "max_completion_tokens", "reason": long, "learned_at": learned_at},
        {"parameter": "temperature", "value": False, "reason": long, "learned_at": learned_at},
        {"parameter": "dropped", "value": ["seed"], "reason": "No \x1b[1mseed.", "learned_at": utc_now().isoformat()},
    ]
    one = PROVIDERS["providers"][0] | {"models": [MODEL | {"learned": lessons}]}
    with played_api((200, PROVIDERS | {"providers": [one]})) as api:
        lines = call("providers", "ls", url=api.url).stdout.splitlines()
    assert lines[-4:-2] == [
        f"small: max_tokens_param=max_completion_tokens, temperature=false (learned 3 h ago: “{long[:79]}…”)",
        'small: dropped=["seed"] (learned just now: “No [1mseed.”)',
    ]


FINDINGS = [
    {"name": "answers", "can": True, "detail": "It answers as 'small-1'."},
    {"name": "max_completion_tokens", "can": False, "detail": "the model provider\nrejected the request"},
    {"name": "vision", "can": None, "detail": "It did not answer."},
]


def test_check_shows_findings_and_the_entry() -> None:
    answer = {"provider": "openai", "model": "small", "calls": 12, "findings": FINDINGS, "toml": "[models.small]\n"}
    with played_api((200, answer)) as api:
        result = call("providers", "check", "openai", "--model", "small", url=api.url)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "small of openai, 12 calls",
        "",
        "yes  answers                It answers as 'small-1'.",
        "no   max_completion_tokens  The model provider rejected the request",
        "?    vision                 It did not answer.",
        "",
        "# for providers.toml",
        "[models.small]",
    ]
    assert "asking small of openai" in result.stderr
    assert [(one.method, one.path, one.body) for one in api.asked] == [
        ("POST", "/api/v1/providers/openai/check", {"model": "small"})
    ]


def test_check_of_a_model_that_gives_no_answer_ends_with_code_1() -> None:
    findings = [{"name": "answers", "can": False, "detail": "The key was refused."}]
    answer = {"provider": "openai", "model": "small", "calls": 1, "findings": findings, "toml": None}
    with played_api((200, answer)) as api:
        result = call("providers", "check", "openai", url=api.url)
    assert result.exit_code == 1
    assert result.stdout == "small of openai, 1 call\n\nno   answers  The key was refused.\n"


def test_forget_says_what_is_forgotten() -> None:
    with played_api((204, None)) as api:
        said = call("providers", "forget", "openai", "--model", "small", url=api.url).stdout
    assert said == "openai: what was learned about small is forgotten, on every worker within two seconds\n"
    assert [(one.path, one.body) for one in api.asked] == [("/api/v1/providers/openai/forget", {"model": "small"})]


def test_status_shows_what_the_provider_tells() -> None:
    with played_api((200, STATUS)) as api:
        lines = call("providers", "status", "openai", url=api.url).stdout.splitlines()
        call("providers", "status", "openai", "--refresh", url=api.url)
    assert lines[0] == "state     credits_exhausted: The account has no credit left."
    assert "balance   0.00 USD" in lines
    assert "used      25.50 USD" in lines
    assert not any(line.startswith("today") for line in lines)
    assert "error     unavailable at 2026-11-22 05:00:00" in lines
    assert "checked   2026-11-22 04:58:00 (a new check is being made)" in lines
    assert lines[-1].startswith("small  60/min x 0.5 (override)")
    assert [one.path for one in api.asked] == [
        "/api/v1/providers/openai/status",
        "/api/v1/providers/openai/status?force_refresh=true",
    ]


def test_metrics_show_days_the_sum_and_when_the_breaker_was_open() -> None:
    with played_api((200, METRICS)) as api:
        lines = call("providers", "metrics", "openai", "--days", "2", url=api.url).stdout.splitlines()
    assert lines[1].split()[:9] == ["2026-11-22", "small-1", "23", "20", "3", "2000+400", "0.0025", "0.1", "-"]
    assert lines[1].endswith("1 rate_limited, 2 timeout")
    assert lines[2].split()[:7] == ["all", "-", "23", "20", "3", "2000+400", "-"]
    assert lines[-1] == "2026-11-22: open for 42 s"
    assert api.asked[0].path == "/api/v1/providers/openai/metrics?days=2"


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (("300/min,100000tok/min",), {"model": None, "quota": "300/min,100000tok/min"}),
        (("default",), {"model": None, "quota": None}),
        (("none", "--model", "small"), {"model": "small", "quota": ""}),
    ],
)
def test_a_quota_is_changed(arguments: tuple[str, ...], body: dict[str, Any]) -> None:
    with played_api((200, {"small": QUOTA})) as api:
        result = call("providers", "quota", "openai", *arguments, url=api.url)
    assert result.stdout.splitlines()[1].split() == ["small", "30/min", "60/min", "30/min", "12"]
    assert [(one.method, one.path, one.body) for one in api.asked] == [("PUT", "/api/v1/providers/openai/quota", body)]


def test_a_bad_quota_is_a_usage_error() -> None:
    problem = {"detail": "#/quota: no", "code": "bad_quota", "errors": [{"pointer": "#/quota", "detail": "no"}]}
    with played_api((422, problem)) as api:
        assert call("providers", "quota", "openai", "many", url=api.url).exit_code != 0


@pytest.mark.parametrize(
    ("verb", "state", "said"),
    [
        ("open", "forced_open", "openai: closed by an operator, no call until `providers close`\n"),
        ("close", "closed", "openai: calls go\n"),
        ("reset", "half_open", "openai: was failing, one call tries it\n"),
    ],
)
def test_a_breaker_is_switched_by_hand(verb: str, state: str, said: str) -> None:
    with played_api((200, CLOSED | {"state": state})) as api:
        assert call("providers", verb, "openai", url=api.url).stdout == said
    assert [(one.method, one.path) for one in api.asked] == [("POST", f"/api/v1/providers/openai/breaker/{verb}")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("ls",),
        ("status", "x"),
        ("metrics", "x"),
        ("quota", "x", "1/s"),
        ("open", "x"),
        ("close", "x"),
        ("reset", "x"),
    ],
)
def test_each_prints_json_and_has_help(arguments: tuple[str, ...]) -> None:
    with played_api((200, {"answer": 1})) as api:
        assert '"answer": 1' in call("providers", *arguments, "--json", url=api.url).stdout
    assert "--json" in call("providers", arguments[0], "--help", url="").stdout


def test_attempts_that_only_waited_are_one_line_of_a_jobs_history() -> None:
    names = ["submitted", *["started", "released"] * 3, "started", "completed"]
    attempts = [0, 1, 1, 2, 2, 3, 3, 4, 4]
    events = [
        {
            "name": name,
            "attempt": attempt,
            "status": "x",
            "worker": "w",
            "at": f"2026-11-22T05:00:0{at}Z",
            "detail": None,
        }
        for at, (name, attempt) in enumerate(zip(names, attempts, strict=True))
    ]
    waited = {"attempt": 1, "count": 3, "started_at": "2026-11-22T05:00:01Z", "error": {"message": "Used up."}}
    job = {"id": "j1", "events": events, "attempts": [waited, {"attempt": 4, "count": 1}]}
    with played_api((200, job)) as api:
        lines = call("jobs", "show", "j1", url=api.url).stdout.splitlines()
    shown = [line.split()[3] for line in lines if line.startswith("2026")]
    assert shown == ["submitted", "released", "started", "completed"]
    assert any("3 times since 2026-11-22 05:00:01: Used up." in line for line in lines)
