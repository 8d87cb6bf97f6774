"""What a provider says is found whatever its place in the body, and nothing of a key is passed on."""

from typing import Any

import pytest

from app.llm.base import MAX_MESSAGE_CHARS
from app.llm.failures import from_status

KEY = "only-for-tests-0123456789"


def _status(status: int, body: object = None, **headers: str) -> Any:
    return from_status(status, body, headers=headers, api_key=KEY)


# Where a body has its code, for those that have one at all.
WRAPPINGS: list[object] = [
    {"error": {"code": "content_filter"}},
    [{"error": {"code": "content_filter"}}],
    [{"code": "content_filter"}],
    {"errors": [{"code": "content_filter"}]},
    {"error": {"type": "content_filter"}},
    {"error": "content_filter"},
    {"detail": {"code": "content_filter"}},
    {"error": {"message": '{"error": {"code": "content_filter"}}'}},
    {"error": {"metadata": {"raw": '{"error": {"code": "content_filter"}}'}}},
    {"error": {"metadata": {"raw": {"error": {"code": "content_filter"}}}}},
    '{"error": {"code": "content_filter"}}',
    b'\xef\xbb\xbf{"error": {"code": "content_filter"}}',
    {"__type": "content_filter"},
    "<?xml version='1.0'?><Error><Code>content_filter</Code><Message>No</Message></Error>",
]


@pytest.mark.parametrize("body", WRAPPINGS)
def test_a_code_is_found_in_every_wrapping(body: object) -> None:
    assert _status(400, body).kind == "content_refused"


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"error":' * 50_000,
        "<title>" * 40_000,
        "<message>" * 30_000,
        "'message': '" * 20_000,
        "error - {" * 30_000,
        '"' * 250_000,
        "a error: " * 30_000,
        "(" * 250_000,
        " " * 250_000,
        "Error: " * 30_000,
        "AError: " * 30_000,
        "9" * 250_000,
        "try again in " * 20_000,
        "limit " * 40_000,
        {"error": {"details": [{"error": [{"a": 1}] * 1000}] * 1000}},
    ],
)
def test_a_body_made_to_take_long_takes_no_time(body: object) -> None:
    _status(429, body)


def test_the_provider_s_sentence_is_passed_on_in_one_line() -> None:
    assert _status(400, {"message": "no\nsuch\x00model"}).message.endswith("(HTTP 400): no such model")


@pytest.mark.parametrize("secret", [KEY, "sk-abcdef123456", "Bearer abc.def", "key_abcdef12", "sk-proj-abc***xyz"])
def test_no_secret_is_passed_on(secret: str) -> None:
    message = _status(400, {"message": f"bad {secret} here"}).message
    assert (secret in message, message.endswith(": bad *** here")) == (False, True)


def test_a_provider_that_wants_a_key_where_none_is_says_what_to_set() -> None:
    error = from_status(401, {"message": "who are you"}, headers={}, api_key="")
    assert error.message == "the model provider wants an API key, and api_key_env names none (HTTP 401)"


def test_nothing_is_passed_on_of_a_refused_key() -> None:
    assert _status(401, {"message": "wrong key on***89"}).message == "the model provider refused the API key (HTTP 401)"


@pytest.mark.parametrize(
    "secret",
    [
        f"https://user:{KEY}@h/v1",
        "https://me:pw@h/v1",
        "AIzaSyOnlyForTests0123456789",
        "gsk_onlyfortests",
        "xai-onlyfortests",
    ],
)
def test_no_key_of_another_form_is_passed_on(secret: str) -> None:
    message = _status(400, f"no: {secret}").message
    assert "***" in message
    assert not any(part in message for part in (KEY, "pw", "OnlyForTests", "onlyfortests"))


def test_a_message_is_capped() -> None:
    message = _status(400, {"message": "begin " + "x" * 9999}).message
    assert len(message) == MAX_MESSAGE_CHARS
    assert ": begin xxx" in message


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": {"message": "the reason"}}, "the reason"),
        ([{"error": {"message": "the reason", "status": "INVALID_ARGUMENT"}}], "the reason"),
        ({"error": "the reason"}, "the reason"),
        ({"message": "the reason"}, "the reason"),
        ({"msg": "the reason"}, "the reason"),
        ({"Message": "the reason"}, "the reason"),
        ({"detail": "the reason"}, "the reason"),
        ({"detail": {"message": "the reason"}}, "the reason"),
        ({"message": ["the reason", "another"], "error": "Bad Request"}, "the reason"),
        ({"error": "invalid_request", "error_description": "the reason"}, "the reason"),
        ({"error": "Bad Request", "message": "the reason", "path": "/v1"}, "the reason"),
        ({"errors": [{"message": "the reason"}]}, "the reason"),
        ({"errors": ["the reason"]}, "the reason"),
        ({"fault": {"faultstring": "the reason"}}, "the reason"),
        ({"base_resp": {"status_code": 1, "status_msg": "the reason"}}, "the reason"),
        ({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "the reason"}, "the reason"),
        ({"type": "about:blank", "title": "the reason", "status": 400}, "the reason"),
        (
            {
                "detail": [
                    {"loc": ["body", "max_tokens"], "msg": "no", "type": "x", "input": "a text"},
                    {"loc": [], "msg": "two"},
                ]
            },
            "body.max_tokens: no; two",
        ),
        ({"object": "error", "message": {"detail": [{"loc": ["body", "a"], "msg": "no"}]}}, "body.a: no"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": "the reason"}}}, "the reason"),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": '{"detail": "the reason"}'}}},
            "the reason",
        ),
        (
            {"error": {"message": 'litellm.BadRequestError: XException - {"error": {"message": "the reason"}}'}},
            "the reason",
        ),
        ({"error": {"message": "Error code: 400 - {'error': {'message': 'it\\'s so', 'code': None}}"}}, "it's so"),
        (
            {"error": {"message": "litellm.BadRequestError: litellm.BadRequestError: XException - the reason"}},
            "the reason",
        ),
        ("the reason", "the reason"),
        (b"the reason\n", "the reason"),
        ("<html><head><title>\n 403 &amp; more </title></head><body>no</body></html>", "403 & more"),
        ("<!DOCTYPE html><h1>the <b>reason</b></h1>", "the reason"),
        ("<Error><Code>X</Code><Message>the reason</Message></Error>", "the reason"),
        ('{"error": {"message": "the reason', '{"error": {"message": "the reason'),
        ("the\u200b \ufeffreason\u2028now", "the reason now"),
    ],
)
def test_the_provider_s_sentence_is_found_whatever_its_place(body: object, sentence: str) -> None:
    assert _status(400, body).message == f"the model provider rejected the request (HTTP 400): {sentence}"


@pytest.mark.parametrize("message", [None, 3, {"a": 1}, "", "\ufffd\ufffd\ufffdx"])
def test_a_message_that_is_no_text_is_left_out(message: object) -> None:
    assert _status(400, {"message": message}).message.endswith("(HTTP 400)")


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (
            "https://api.example.com/v1/chat?key=secret",
            "it redirects to https://api.example.com (HTTP 308): set the base URL",
        ),
        ("http://u:secret@h:8080/x", "it redirects to http://h:8080 (HTTP 308): set the base URL to that"),
        ("/v1/secret", "it redirects to another path (HTTP 308): correct the base URL"),
        ("ftp://h/secret", "it redirects to another path (HTTP 308)"),
        ("https://[secret", "it redirects to another path (HTTP 308)"),
        ("", "rejected the request (HTTP 308)"),
    ],
)
def test_a_redirect_says_where_to_and_nothing_more(location: str, said: str) -> None:
    found = _status(308, "<html>secret</html>", Location=location)
    assert (found.kind, found.once_more) == ("provider_rejected", False)
    assert said in found.message
    assert "secret" not in found.message
