import json
from typing import Any, get_args

import aiohttp
import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.retry import ERROR_CLASSES
from app.llm.base import MAX_MESSAGE_CHARS, ErrorKind
from app.llm.failures import bad_response, from_body, from_exception, from_status

KEY = "only-for-tests-0123456789"
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner) | st.dictionaries(st.sampled_from(["code", "type", "message", "innererror"]), inner)


def _status(status: int, body: object = None, **headers: str) -> Any:
    return from_status(status, body, headers=headers, api_key=KEY)


# The table of outcomes by status and body, written by hand.
STATUSES: list[tuple[int, object, str]] = [
    (304, None, "provider_rejected"),
    (307, None, "provider_rejected"),
    (400, None, "provider_rejected"),
    (400, {"code": "context_length_exceeded"}, "context_too_long"),
    (400, {"type": "exceed_context_size_error"}, "context_too_long"),
    (400, {"code": "string_above_max_length"}, "context_too_long"),
    (400, {"code": "content_filter"}, "content_refused"),
    (400, {"code": "content_policy_violation"}, "content_refused"),
    (400, {"code": "moderation_blocked"}, "content_refused"),
    (400, {"code": "invalid_prompt", "type": "invalid_request_error"}, "content_refused"),
    (400, {"code": "data_inspection_failed"}, "content_refused"),
    (400, {"code": None, "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "content_refused"),
    (400, {"code": "billing_hard_limit_reached"}, "insufficient_credits"),
    (400, {"code": "model_not_found"}, "model_not_found"),
    (400, {"code": "invalid_api_key"}, "auth_failed"),
    (400, {"code": "rate_limit_exceeded"}, "rate_limited"),
    (400, {"code": "server_error"}, "unavailable"),
    (400, {"code": "json_validate_failed"}, "bad_response"),
    (400, {"code": 401}, "auth_failed"),
    (400, {"code": "429"}, "rate_limited"),
    (400, {"message": "context_length_exceeded"}, "provider_rejected"),
    (401, None, "auth_failed"),
    (401, {"code": "insufficient_quota"}, "auth_failed"),
    (402, None, "insufficient_credits"),
    (402, "<html>", "insufficient_credits"),
    (403, None, "provider_rejected"),
    (403, {"code": "unsupported_country_region_territory"}, "provider_rejected"),
    (403, {"code": "invalid_api_key"}, "auth_failed"),
    (403, {"type": "insufficient_quota"}, "insufficient_credits"),
    (403, {"code": "content_filter"}, "content_refused"),
    (404, None, "model_not_found"),
    (404, {"code": "model_not_found"}, "model_not_found"),
    (404, {"code": "context_length_exceeded"}, "context_too_long"),
    (405, None, "provider_rejected"),
    (408, None, "timeout"),
    (408, {"code": "content_filter"}, "timeout"),
    (406, None, "provider_rejected"),
    (409, None, "unavailable"),
    (409, {"code": "rate_limit_exceeded"}, "rate_limited"),
    (413, None, "request_too_large"),
    (413, {"code": "context_length_exceeded"}, "context_too_long"),
    (413, {"code": "tokens_limit_reached"}, "context_too_long"),
    (413, {"code": "rate_limit_exceeded"}, "request_too_large"),  # larger than a whole minute's tokens
    (418, "teapot", "provider_rejected"),
    (422, None, "provider_rejected"),
    (422, {"code": "context_length_exceeded"}, "context_too_long"),
    (423, None, "unavailable"),
    (424, None, "unavailable"),
    (425, None, "unavailable"),
    (431, None, "provider_rejected"),
    (449, None, "unavailable"),
    (451, None, "provider_rejected"),
    (429, None, "rate_limited"),
    (429, {"message": "insufficient_quota"}, "rate_limited"),
    (429, {"code": "rate_limit_exceeded"}, "rate_limited"),
    (429, {"code": "insufficient_quota"}, "insufficient_credits"),
    (429, {"type": "insufficient_quota"}, "insufficient_credits"),
    (429, {"code": "billing_hard_limit_reached"}, "insufficient_credits"),
    (429, {"type": "exceeded_current_quota_error"}, "insufficient_credits"),
    (429, {"code": "content_filter"}, "rate_limited"),
    (498, None, "rate_limited"),
    (499, None, "unavailable"),
    (500, None, "unavailable"),
    (500, {"code": "context_length_exceeded"}, "context_too_long"),
    (500, {"code": "model_not_found"}, "unavailable"),
    (502, "<html>", "unavailable"),
    (503, {"code": "insufficient_quota"}, "insufficient_credits"),
    (503, {"code": "rate_limit_exceeded"}, "rate_limited"),
    (504, None, "timeout"),
    *((status, None, "unavailable") for status in range(520, 524)),
    (524, None, "timeout"),
    *((status, None, "unavailable") for status in range(525, 531)),
    (599, None, "unavailable"),
    (999, None, "unavailable"),
]
ODD_BODIES: list[object] = [
    "text",
    [],
    7,
    {"code": ["content_filter"]},
    {"code": {"a": 1}, "type": None},
    {"code": True, "type": 400, "innererror": "content_filter"},
    {"innererror": {"code": ["x"]}},
    {"content": {"code": "content_filter"}},
    {"input": "API key not valid."},
]


@pytest.mark.parametrize(("status", "body", "kind"), STATUSES)
def test_a_status_and_a_code_decide_the_kind(status: int, body: object, kind: str) -> None:
    found = _status(status, body)
    assert (found.kind, found.status) == (kind, status)


@pytest.mark.parametrize("body", ODD_BODIES)
@pytest.mark.parametrize(("status", "kind"), [(one[0], one[2]) for one in STATUSES if one[1] is None])
def test_an_odd_body_changes_nothing(status: int, kind: str, body: object) -> None:
    assert _status(status, body).kind == kind


_WORDS = st.sampled_from(
    ["prompt is too long", "content_filter", KEY, f"x{KEY}", "Limit 3, Requested 9", '{"error":', "<p>"]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _WORDS


@given(
    st.integers(100, 999), st.recursive(_LEAVES, _nested) | st.binary() | st.recursive(_LEAVES, _nested).map(json.dumps)
)
def test_any_status_with_any_body_is_a_class_of_the_schedule(status: int, body: object) -> None:
    found = _status(status, body)
    assert found.kind in ERROR_CLASSES
    assert len(found.message) <= MAX_MESSAGE_CHARS
    assert not any(ord(char) < 32 or "\ud800" <= char <= "\udfff" for char in found.message)
    assert KEY not in found.message
    assert found.retry_after_s is None or found.retry_after_s >= 0


def test_every_kind_of_error_has_a_class() -> None:
    assert set(get_args(ErrorKind)) <= set(ERROR_CLASSES)


@pytest.mark.parametrize(("status", "wait"), [(429, 7.0), (503, 7.0), (400, None), (402, None)])
def test_a_wish_to_wait_counts_only_where_waiting_helps(status: int, wait: float | None) -> None:
    assert _status(status, **{"Retry-After": "7"}).retry_after_s == wait


@pytest.mark.parametrize(
    ("status", "body", "once_more"),
    [
        (400, None, True),
        (400, {"message": "broken"}, True),
        (403, "<html>", True),
        (418, None, True),
        (422, {"error": "odd"}, True),
        (400, {"type": "invalid_request_error", "message": "x", "param": None}, True),
        (400, {"type": "invalid_request_error", "message": "x", "param": "messages"}, False),
        (400, {"error": {"code": "unsupported_parameter"}}, False),
        (422, {"detail": [{"loc": ["body"], "msg": "x"}]}, False),
        (400, [{"error": {"details": [{"fieldViolations": [{"field": "a"}]}]}}], False),
        (308, None, False),
        (400, {"code": "content_filter"}, False),
        (404, None, False),
        (500, None, False),
        (429, None, False),
    ],
)
def test_what_nobody_understands_is_worth_one_more_try(status: int, body: object, once_more: bool) -> None:
    assert _status(status, body).once_more is once_more


def test_the_wait_in_a_body_is_read_too() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]
    assert _status(429, [{"error": {"details": details}}]).retry_after_s == 7.0
    assert _status(429, {"message": "Please try again in 7.2s."}).retry_after_s == 7.2
    assert _status(429, {"message": "Please try again in 7.2s."}, **{"Retry-After": "3"}).retry_after_s == 3.0
    assert _status(429, {"error": {"retry_after_ms": 250}}).retry_after_s == 0.25
    upstream = {
        "error": {"code": 429, "metadata": {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"}}}
    }
    assert _status(429, upstream).retry_after_s == 12.0


def test_a_tier_at_capacity_is_asked_again_soon() -> None:
    assert _status(498).retry_after_s == 5.0
    assert _status(498, **{"Retry-After": "9"}).retry_after_s == 9.0


def test_a_wait_is_capped() -> None:
    body = {"message": "try again in 3 hours"}
    assert from_status(429, body, headers={}, api_key=KEY, longest_wait_s=900).retry_after_s == 900


@pytest.mark.parametrize("message", ["This model's maximum context length is 5 tokens", "API key not valid."])
def test_an_error_inside_a_good_answer_is_judged_by_its_phrase_too(message: str) -> None:
    assert from_body({"message": message}, api_key=KEY).kind in {"context_too_long", "auth_failed"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"code": 503}, "unavailable", 503),
        ({"code": 429, "type": "insufficient_quota"}, "insufficient_credits", 429),
        ({"code": 200}, "bad_response", None),
        ({"code": 404}, "model_not_found", 404),
        ({"code": 403, "type": "content_filter"}, "content_refused", 403),
        ({"code": "content_filter"}, "content_refused", None),
        ({"type": "rate_limit_error"}, "rate_limited", None),
        ({"type": "overloaded_error"}, "unavailable", None),
        ({"type": "server_error"}, "unavailable", None),
        ({"code": "insufficient_quota"}, "insufficient_credits", None),
        ({"code": "model_not_found"}, "model_not_found", None),
        ({"code": "invalid_api_key"}, "auth_failed", None),
        ({"code": ["x"], "type": {}}, "bad_response", None),
        ({"code": True}, "bad_response", None),
        ({"code": "503"}, "unavailable", 503),
        ({"code": "context_length_exceeded"}, "context_too_long", None),
        ({"message": "broken"}, "bad_response", None),
        ({}, "bad_response", None),
    ],
)
def test_an_error_inside_a_good_answer_has_its_kind(body: dict[str, object], kind: str, status: int | None) -> None:
    found = from_body(body, api_key=KEY)
    assert (found.kind, found.status) == (kind, status)


def test_an_error_without_anything_says_so() -> None:
    assert from_body({}, api_key="").message.endswith("it is an error without a status")


def test_a_bad_response_says_why() -> None:
    assert bad_response("it breaks off").message == "the model provider's answer is no completion: it breaks off"


def _caused(error: BaseException, *causes: BaseException) -> BaseException:
    inner = error
    for cause in causes:
        inner.__cause__ = cause
        inner = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "timeout"),
        (httpx2.ReadTimeout("slow"), "timeout"),
        (_caused(openai.APITimeoutError(REQUEST), aiohttp.ServerTimeoutError()), "timeout"),
        (_caused(openai.APITimeoutError(REQUEST), aiohttp.ConnectionTimeoutError()), "timeout"),
        (_caused(openai.APITimeoutError(REQUEST), aiohttp.ServerDisconnectedError()), "network"),
        (_caused(openai.APIConnectionError(request=REQUEST), aiohttp.ClientPayloadError()), "bad_response"),
        (_caused(openai.APIConnectionError(request=REQUEST), httpx2.ConnectError("x"), OSError()), "network"),
        (openai.APIConnectionError(request=REQUEST), "network"),
        (ConnectionResetError(), "network"),
        (httpx2.DecodingError("x"), "bad_response"),
        (ValueError("x"), "bad_response"),
        (RuntimeError("x"), "bad_response"),
        (openai.APIError("x", REQUEST, body=None), "bad_response"),
        (openai.APIError("x", REQUEST, body={"code": 503}), "unavailable"),
    ],
)
def test_what_the_client_raised_has_its_kind(error: BaseException, kind: str) -> None:
    assert from_exception(error, api_key=KEY).kind == kind


def test_a_status_error_of_the_client_keeps_its_wish_to_wait() -> None:
    response = httpx2.Response(429, headers={"retry-after": "3"}, request=REQUEST)
    found = from_exception(openai.RateLimitError("x", response=response, body={"message": "slow"}), api_key=KEY)
    assert (found.kind, found.status, found.retry_after_s) == ("rate_limited", 429, 3.0)


def test_a_transport_error_s_own_words_are_not_shown() -> None:
    assert "secret" not in from_exception(OSError("secret"), api_key=KEY).message


def test_limits_in_the_headers_of_an_error_are_kept() -> None:
    headers = {"X-RateLimit-Remaining-Requests": "0", "Retry-After": "7", "Server": "x"}
    found = from_status(429, None, headers=headers, api_key=KEY)
    assert found.hints == {"x-ratelimit-remaining-requests": "0", "retry-after": "7"}
