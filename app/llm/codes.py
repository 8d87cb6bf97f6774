"""The words of `code`, `type`, `reason` and `status` by which providers say why they refuse, in lower case.

Sources: the API references and servers of the providers named; without a name, of OpenAI.
"""

from collections.abc import Mapping

from app.llm.base import ErrorKind

WORDS: Mapping[ErrorKind, frozenset[str]] = {
    "context_too_long": frozenset(
        {
            "context_length_exceeded",  # OpenAI, Azure, Groq, Cerebras
            "exceed_context_size_error",  # llama.cpp
            "string_above_max_length",
            "tokens_limit_reached",  # GitHub Models
            "model_max_prompt_tokens_exceeded",  # Copilot
            "max_tokens_per_request",
            "contextwindowexceedederror",  # LiteLLM
            "context_window_exceeded",
            "1261",  # Zhipu
        }
    ),
    "content_refused": frozenset(
        {
            "content_filter",
            "content_filtered",
            "content_policy_violation",
            "moderation_blocked",
            "invalid_prompt",
            "data_inspection_failed",  # Alibaba
            "datainspectionfailed",
            "responsibleaipolicyviolation",  # Azure
            "prohibited_content",  # Gemini
            "flagged_input",  # OpenRouter
            "contentpolicyviolationerror",  # LiteLLM
            "1301",  # Zhipu
        }
    ),
    "insufficient_credits": frozenset(
        {
            "insufficient_quota",
            "insufficient_user_quota",  # one-api
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_error",  # Anthropic
            "billing_disabled",  # Google
            "exceeded_current_quota_error",  # Moonshot
            "insufficient_balance",
            "insufficient_credits",
            "arrearage",  # Alibaba
            "budget_exceeded",  # LiteLLM
            "budgetexceedederror",
            "1113",  # Zhipu
        }
    ),
    "model_not_found": frozenset(
        {
            "model_not_found",
            "model_not_supported",
            "unknown_model",
            "model_decommissioned",  # Groq
            "model_terms_required",
            "deploymentnotfound",  # Azure
            "invalid_model",  # Mistral
            "key_model_access_denied",  # LiteLLM: the key is right, but not for this model
            "team_model_access_denied",
            "1211",  # Zhipu
        }
    ),
    "auth_failed": frozenset(
        {
            "invalid_api_key",
            "account_deactivated",
            "authentication_error",
            "invalid_authentication_error",  # Moonshot
            "incorrect_api_key_error",
            "api_key_invalid",  # Google
            "api_key_service_blocked",
            "credentials_missing",
            "unauthenticated",
            "auth_error",  # LiteLLM
            "token_not_found_in_db",
            "expired_key",
            "no_db_connection",  # LiteLLM without a database: the key is not its master key
            "authenticationerror",
            "invalidapikey",  # Alibaba
            "wrong_api_key",  # Cerebras
        }
    ),
    "rate_limited": frozenset(
        {
            "rate_limit_exceeded",
            "rate_limit_error",
            "rate_limit_reached_error",
            "ratelimitexceeded",
            "ratelimitreached",  # Azure
            "ratelimiterror",
            "resource_exhausted",  # Google
            "throttling",  # Alibaba
            "throttling_error",  # LiteLLM
            "throttlingexception",  # Bedrock
            "limit_requests",
            "limit_burst_rate",
            "too_many_requests",
            "too_many_requests_error",
            "capacity_exceeded",  # Groq
        }
    ),
    "unavailable": frozenset(
        {
            "server_error",
            "internal_server_error",
            "internalservererror",
            "overloaded_error",  # Anthropic
            "engine_overloaded_error",  # Moonshot
            "service_unavailable",
            "serviceunavailableerror",
            "api_error",
            "apiconnectionerror",
            "unavailable",  # Google
        }
    ),
    "bad_response": frozenset({"json_validate_failed", "output_parse_failed"}),  # Groq: what the model wrote is no JSON
}
# Codes that name a mistake in the request for sure: asking again would be of no use.
FINAL_WORDS = frozenset(
    {
        *("invalid_value", "invalid_type", "missing_required_parameter", "unknown_parameter", "unsupported_parameter"),
        *("unsupported_value", "unknown_url", "unsupported_country_region_territory", "integer_above_max_value"),
        *("integer_below_min_value", "decimal_above_max_value", "decimal_below_min_value", "array_above_max_length"),
        *("invalid_json_schema", "invalid_image_url", "invalid_image_format", "image_parse_error", "invalid_base64"),
        *("unsupported_model", "wrong_api_format", "invalid_parameter_error", "extra_forbidden"),
    }
)
