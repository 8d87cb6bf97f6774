"""What refusals teach: each row is the body of a real refusal, what had been sent, and what is sent from then on."""

from dataclasses import replace
from typing import Any

import pytest

from app.llm import learning, refusal
from app.llm.base import Ask, Completion, Limits, Message, ModelError, Usage
from app.llm.dialect import Dialect, merged

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
ASK = Ask((Message("system", "You count."), Message("user", "How many?")), Limits(4096, 20))
ASK_JSON = replace(ASK, schema=SCHEMA)


def openai(message: str, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


NAMED = Dialect(max_tokens_param="max_completion_tokens")
ROWS: list[tuple[str, int, object, Ask, Dialect, dict[str, Any]]] = [
    (
        "o-series",
        400,
        openai(
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead."
            ),
            param="max_tokens",
            code="unsupported_parameter",
        ),
        ASK,
        Dialect(),
        {"max_tokens_param": "max_completion_tokens", "temperature": False},
    ),
    (
        "through LiteLLM",
        400,
        {
            "error": {
                "message": (
                    "litellm.BadRequestError: AzureException BadRequestError - Unsupported "
                    "parameter: 'max_tokens' is not supported "
                    "with this model. Use 'max_completion_tokens' instead."
                ),
                "type": None,
                "param": None,
                "code": "400",
            }
        },
        ASK,
        Dialect(),
        {"max_tokens_param": "max_completion_tokens", "temperature": False},
    ),
    (
        "an older server knows only the older name",
        400,
        openai("Unrecognized request argument supplied: max_completion_tokens"),
        ASK,
        NAMED,
        {"max_tokens_param": "max_tokens"},
    ),
    (
        "pydantic's list",
        422,
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "max_completion_tokens"],
                    "msg": "Extra inputs are not permitted",
                    "input": 5,
                }
            ]
        },
        ASK,
        NAMED,
        {"max_tokens_param": "max_tokens"},
    ),
    (
        "temperature of o-series",
        400,
        openai(
            (
                "Unsupported value: 'temperature' does not support 0.0 with this "
                "model. Only the default (1) value is supported."
            ),
            param="temperature",
            code="unsupported_value",
        ),
        ASK,
        Dialect(),
        {"temperature": False},
    ),
    (
        "temperature of Moonshot",
        400,
        openai("invalid temperature: only 1 is allowed for this model"),
        ASK,
        Dialect(),
        {"temperature": False},
    ),
    (
        "temperature of Claude",
        400,
        {"error": {"message": "`temperature` is deprecated for this model."}},
        ASK,
        Dialect(),
        {"temperature": False},
    ),
    (
        "temperature by LiteLLM",
        400,
        {
            "error": {
                "message": (
                    "litellm.UnsupportedParamsError: openai does not support parameters: "
                    "['temperature'], for model=gpt-5"
                )
            }
        },
        ASK,
        Dialect(),
        {"temperature": False},
    ),
    (
        "DeepSeek",
        400,
        openai("This response_format type is unavailable now"),
        ASK_JSON,
        Dialect(),
        {"structured_output": "json_object"},
    ),
    (
        "Groq",
        400,
        openai(
            "This model does not support response format `json_schema`. See supported models.", param="response_format"
        ),
        ASK_JSON,
        Dialect(),
        {"structured_output": "json_object"},
    ),
    (
        "then the object is refused too",
        400,
        openai("'response_format.type' must be 'text'", param="response_format"),
        ASK_JSON,
        Dialect(structured_output="json_object"),
        {"structured_output": "prompt"},
    ),
    (
        "both are refused at once",
        400,
        openai("response_format json_object and json_schema are not supported by this model"),
        ASK_JSON,
        Dialect(),
        {"structured_output": "prompt"},
    ),
    (
        "json mode not enabled",
        400,
        {"code": 20024, "message": "Json mode is not supported for this model."},
        ASK_JSON,
        Dialect(structured_output="json_object"),
        {"structured_output": "prompt"},
    ),
    (
        "Gemini's words",
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": 'Invalid JSON payload received. Unknown name "additionalProperties" at '
                    "'generation_config.response_schema': Cannot find field.",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        ASK_JSON,
        Dialect(),
        {"dropped_keywords": ["additionalProperties"]},
    ),
    (
        "strict",
        422,
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "response_format", "json_schema", "strict"],
                    "msg": "Extra inputs are not permitted",
                }
            ]
        },
        ASK_JSON,
        Dialect(),
        {"strict_schema": False},
    ),
    (
        "o1-mini",
        400,
        openai("Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        ASK,
        Dialect(),
        {"system_role": "user"},
    ),
    (
        "gemma",
        400,
        {"error": {"message": "Developer instruction is not enabled for models/gemma-3-27b-it"}},
        ASK,
        Dialect(),
        {"system_role": "user"},
    ),
    (
        "vLLM's template",
        400,
        {
            "object": "error",
            "message": "Conversation roles must alternate user/assistant/user/assistant/...",
            "code": 400,
        },
        ASK,
        Dialect(),
        {"system_role": "user"},
    ),
    ("template of gemma", 400, {"message": "System role not supported"}, ASK, Dialect(), {"system_role": "user"}),
    (
        "the longest answer",
        400,
        openai(
            (
                "max_tokens is too large: 4096. This model supports at most 2048 "
                "completion tokens, whereas you provided 4096."
            ),
            param="max_tokens",
        ),
        ASK,
        Dialect(),
        {"max_output_tokens": 2048},
    ),
    (
        "Groq's longest",
        400,
        openai(
            "`max_completion_tokens` must be less than or equal to `1024`, the "
            "maximum value for `max_completion_tokens` is less than the `context_window` for this model"
        ),
        ASK,
        NAMED,
        {"max_output_tokens": 1024},
    ),
    (
        "Anthropic's longest",
        400,
        openai("max_tokens: 4096 > 1024, which is the maximum allowed number of output tokens for this model"),
        ASK,
        Dialect(),
        {"max_output_tokens": 1024},
    ),
    (
        "DeepSeek's range",
        400,
        openai("Invalid max_tokens value, the valid range of max_tokens is [1, 2048]"),
        ASK,
        Dialect(),
        {"max_output_tokens": 2048},
    ),
    (
        "DashScope's range",
        400,
        openai("Range of max_tokens should be [1, 2,000]"),
        ASK,
        Dialect(),
        {"max_output_tokens": 2000},
    ),
    (
        "usage in streams",
        422,
        {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]},
        ASK,
        Dialect(stream=True),
        {"stream_usage": False},
    ),
    (
        "no streams",
        400,
        openai("Streaming is not supported for this model", param="stream"),
        ASK,
        Dialect(stream=True),
        {"stream": False},
    ),
    (
        "only streams",
        400,
        openai("This model only support stream mode, please enable the stream parameter to access the model."),
        ASK,
        Dialect(),
        {"stream": True},
    ),
    (
        "an unknown key of a preset",
        422,
        {"message": {"detail": [{"loc": ["body", "return_progress"], "msg": "extra fields not permitted"}]}},
        ASK,
        Dialect(stream=True, extra_body={"return_progress": True}),
        {"dropped": ["return_progress"]},
    ),
    (
        "effort",
        400,
        openai("Unrecognized request argument supplied: reasoning_effort"),
        ASK,
        Dialect(reasoning_effort="low"),
        {"dropped": ["reasoning_effort"]},
    ),
    (
        "a refusal as a server error",
        500,
        {"error": "response_format is not supported"},
        ASK_JSON,
        Dialect(),
        {"structured_output": "json_object"},
    ),
    *(
        (f"a format: {said[:40]}", 400, {"message": said}, ASK_JSON, Dialect(), {"structured_output": "json_object"})
        for said in (
            "response_format is not a supported field for this model",
            "Json document validation error: response_format.type should be one of [json_object, text]",
            "response_format: type json_schema not in [regex, text]",
            "response_format 参数非法。请检查文档。",
            "output_config.format: Extra inputs are not permitted",
            "Unable to submit request because controlled generation is not supported for this model.",
            "No endpoints found that can handle the requested parameters.",
        )
    ),
    (
        "a temperature in Chinese",
        400,
        {"error": {"code": "1214", "message": "temperature 取值范围 (0,1]"}},
        ASK,
        Dialect(),
        {"temperature": False},
    ),
    *(
        (f"a length: {said[:40]}", 400, {"message": said}, ASK, Dialect(), {"max_output_tokens": 64})
        for said in (
            "The maximum tokens you requested exceeds the model limit of 64. Try a value that is lower than 64.",
            "too many tokens: max tokens must be less than or equal to 64, the maximum output length - received 4096.",
            "it has a maxOutputTokens value of 4096 but the supported range is from 1 (inclusive) to 65 (exclusive).",
            "max_tokens 参数非法, 最大值为 64",
        )
    ),
    *(
        (f"a role: {said[:40]}", 400, {"message": said}, ASK, Dialect(), {"system_role": "user"})
        for said in (
            "invalid params, role of message is not supported: system",
            "the role of message with even index in the messages must be user",
            "Only user, assistant and tool roles are supported, got system.",
            "messages[0].role: unknown variant `system`, expected `user` or `assistant`",
            "Json document validation error: messages[0].role must be one of [user, assistant]",
        )
    ),
    (
        "a role by its place",
        422,
        {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Input should be 'user' or 'assistant'"}]},
        ASK,
        Dialect(),
        {"system_role": "user"},
    ),
]


@pytest.mark.parametrize(
    ("status", "body", "ask", "dialect", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_refusal_teaches(status: int, body: object, ask: Ask, dialect: Dialect, expected: dict[str, Any]) -> None:
    said = refusal.read(status, body)
    assert said is not None
    found = learning.lesson(said, ask, dialect)
    assert dict(found.lasting) == expected
    again = learning.lesson(said, ask, merged(({**_said(dialect)}, found.lasting)))
    assert again.lasting != found.lasting, "it would be learned for ever"


def _said(dialect: Dialect) -> dict[str, Any]:
    return {name: getattr(dialect, name) for name in Dialect.__slots__}


def test_a_question_and_its_room_that_are_too_long_together_get_less_room() -> None:
    body = openai(
        "This model's maximum context length is 4096 tokens. However, you "
        "requested 4596 tokens (500 in the messages, 4096 in the completion)."
    )
    said = refusal.read(400, body)
    assert said
    found = learning.lesson(said, ASK, Dialect())
    assert found.lasting == {"context_tokens": 4096}
    assert 3000 < found.passing["max_output_tokens"] <= 3596


@pytest.mark.parametrize(
    "message",
    [
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 4096. This "
            "model's maximum context length is 4096 tokens and your request has "
            "500 input tokens (4096 > 4096 - 500)."
        ),
        "This model's maximum context length is 4,096 tokens. However, your request has 500 input tokens.",
    ],
)
def test_vllm_says_the_same_in_other_words(message: str) -> None:
    said = refusal.read(400, {"object": "error", "message": message, "code": 400})
    assert said
    found = learning.lesson(said, ASK, Dialect())
    assert found.lasting == {"context_tokens": 4096}
    assert 3000 < found.passing["max_output_tokens"] <= 3596


@pytest.mark.parametrize(
    ("status", "message", "left"),
    [
        (413, "Request too large on tokens per minute (TPM): Limit 6000, Requested 8096, please reduce", 1984),
        (429, "Rate limit reached: Limit: 6,000, Requested: 8,096.", 1984),
        (
            402,
            "This request requires more credits, or fewer max_tokens. You can only afford 1225.",
            1225,
        ),
        (429, "Limit 30000, Requested 45411", None),
        (402, "Insufficient Balance", None),
        (429, "Rate limit reached", None),
    ],
)
def test_less_room_is_asked_for_where_the_question_alone_would_fit(status: int, message: str, left: int | None) -> None:
    said = refusal.read(status, openai(message))
    assert said
    found = learning.lesson(said, ASK, Dialect())
    assert (found.lasting, found.passing) == ({}, {} if left is None else {"max_output_tokens": left})


def test_a_schema_that_is_refused_changes_its_own_question_alone() -> None:
    body = openai(
        "Invalid schema for response_format 'result': In context=(), 'minLength' is not permitted.",
        param="response_format",
    )
    said = refusal.read(400, body)
    assert said
    first = learning.lesson(said, ASK_JSON, Dialect())
    assert (first.lasting, first.passing) == ({}, {"strict_schema": False})
    second = learning.lesson(said, ASK_JSON, Dialect(strict_schema=False))
    assert (second.lasting, second.passing) == ({}, {"structured_output": "json_object"})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, openai("Unsupported parameter: 'temperature'", param="temperature")),
        (429, openai("max_tokens is too large", param="max_tokens")),
        (402, openai("temperature is not supported")),
        (503, openai("temperature is not supported")),
        (
            400,
            openai(
                "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens."
            ),
        ),
        (400, openai("The server had an error while processing your request")),
        (400, openai("Your prompt talks about temperature and a strict teacher.")),
        (400, openai("Invalid image data")),
        (400, None),
        (400, "Bad Request"),
        (
            400,
            {"detail": [{"loc": ["body", "messages"], "msg": "field required", "input": {"temperature": "invalid"}}]},
        ),
    ],
)
def test_what_is_about_something_else_teaches_nothing(status: int, body: object) -> None:
    said = refusal.read(status, body)
    assert said is None or not learning.lesson(said, ASK_JSON, Dialect())


def completion(usage: Usage, *, text: str = "yes", reasoning: str = "") -> Completion:
    return Completion(text, "one", "small", "stop", usage, reasoning=reasoning)


def test_thinking_is_learned_from_usage_in_powers_of_two_and_only_grows() -> None:
    usage = Usage(10, 700, reasoning_tokens=600)
    assert learning.from_answer(completion(usage), Dialect()) == {"thinking_tokens": 1024}
    assert learning.from_answer(completion(usage), Dialect(thinking_tokens=1024)) == {}
    assert learning.from_answer(completion(Usage(10, 700, reasoning_tokens=20)), Dialect()) == {}
    aloud = completion(Usage(10, 1000), text="y" * 100, reasoning="h" * 900)
    assert learning.from_answer(aloud, Dialect()) == {"thinking_tokens": 1024}


def test_a_model_that_came_to_no_answer_gets_more_room_until_there_is_no_more() -> None:
    error = ModelError("output_truncated", "still thinking")
    error.usage = Usage(10, 100)
    assert learning.from_starved(error, 100, Dialect()).lasting == {"thinking_tokens": 1024}
    error.usage = Usage(10, 2148)
    assert learning.from_starved(error, 2148, Dialect(thinking_tokens=1024)).lasting == {"thinking_tokens": 16_384}
    assert not learning.from_starved(error, 2148, Dialect(max_output_tokens=2148))
    error.usage = Usage(10, 65_536)
    assert not learning.from_starved(error, 65_636, Dialect(thinking_tokens=32_768))


def test_an_answer_that_ended_far_below_its_room_is_asked_for_again() -> None:
    error = ModelError("output_truncated", "still thinking")
    error.usage = Usage(10, 600)
    found = learning.from_starved(error, 65_636, Dialect(thinking_tokens=32_768))
    assert (found.lasting, found.passing) == ({}, {"thinking_tokens": 32_769})
