"""What the played API tells of single models: how each is asked, what was learned, and what a check finds."""

from dataclasses import dataclass, field
from datetime import timedelta

from app.core.clock import utc_now
from tests.browser.played_job import Json
from tests.browser.refused import RefusedError

DIALECT: Json = {
    "structured_output": "auto",
    "max_tokens_param": "max_tokens",
    "temperature": True,
    "reasoning_effort": None,
    "max_output_tokens": None,
    "thinking": "strip",
    "system_role": "system",
    "stream": False,
}
LESSONS = {
    "max_tokens_param": (
        "max_completion_tokens",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ),
    "temperature": (False, "Unsupported value: 'temperature' does not support 0 with this model."),
    "max_output_tokens": (8192, "max_tokens is too large: 32000. This model supports at most 8192 completion tokens."),
}
FOUND: tuple[tuple[str, bool | None, str], ...] = (
    ("answers", True, "It answers as 'acme/eye-2026-03'."),
    ("max_completion_tokens", True, "The answer's length is bounded as max_completion_tokens."),
    ("max_tokens", False, "the model provider rejected the request: Unsupported parameter: 'max_tokens'"),
    ("temperature", False, "the model provider rejected the request: temperature does not support 0"),
    ("json_schema", True, "It is held to a JSON Schema while it writes."),
    ("stream", True, "It answers in pieces."),
    ("vision", None, "The provider did not answer in time."),
    ("limits_in_headers", False, "Its answers do not name its limits: set `quota`."),
)
TOML = """[providers.openrouter]
base_url = "https://openrouter.ai/api/v1"
preset = "openrouter"
api_key_env = "OPENROUTER_API_KEY"

[models.eye]
provider = "openrouter"
model = "acme/eye"
vision = true
max_tokens_param = "max_completion_tokens"
temperature = false
structured_output = "json_schema"
"""


@dataclass
class PlayedModels:
    """What is known of single models, by name; `is_busy`: somebody else checks one now."""

    failing: dict[str, Json] = field(default_factory=dict)
    learned: dict[str, list[str]] = field(default_factory=lambda: {"eye": list(LESSONS)})
    in_flight: dict[str, tuple[int, int | None]] = field(default_factory=lambda: {"eye": (1, 1)})
    is_busy: bool = False
    answers_nothing: bool = False

    def fail(self, name: str) -> None:
        """Open one model's breaker."""
        now = utc_now()
        self.failing[name] = {
            "state": "open",
            "until": (now + timedelta(seconds=75)).isoformat(),
            "failures": 5,
            "last_ok_at": None,
            "last_error": "bad_response",
            "last_error_at": now.isoformat(),
        }

    def facts(self, name: str, breaker: Json | None) -> Json:
        """Return what GET /providers says of a model besides its quota; `breaker` of None: Redis is away."""
        learned = {parameter: LESSONS[parameter] for parameter in self.learned.get(name, ())}
        most, now = self.in_flight.get(name, (None, None))
        closed = {"state": "closed", "until": None, "failures": 0, "last_error": None, "last_error_at": None}
        return {
            "dialect": DIALECT | {parameter: value for parameter, (value, _) in learned.items()},
            "learned": [
                {
                    "parameter": parameter,
                    "value": value,
                    "reason": reason,
                    "learned_at": (utc_now() - timedelta(hours=3)).isoformat(),
                    "expires_at": (utc_now() + timedelta(days=6, hours=21, minutes=1)).isoformat(),
                }
                for parameter, (value, reason) in learned.items()
            ],
            "breaker": breaker and self.failing.get(name, closed | {"last_ok_at": None}),
            "max_in_flight": most,
            "in_flight": now,
        }

    def forget(self, name: str) -> None:
        """Forget what was learned about a model."""
        self.learned.pop(name, None)

    def check(self, provider: str, name: str, *, is_closed: bool) -> Json:
        """Return what a check of a model finds. Raises: RefusedError."""
        if is_closed:
            raise RefusedError(409, "provider_closed", f"The provider {provider} was closed by an operator.")
        if self.is_busy:
            raise RefusedError(409, "check_running", f"Another check of {provider} is under way.")
        found = FOUND
        if self.answers_nothing:
            found = (("answers", False, "the model provider does not know this model or address"),)
        return {
            "provider": provider,
            "model": name,
            "calls": len(found),
            "findings": [{"name": what, "can": can, "detail": detail} for what, can, detail in found],
            "toml": None if self.answers_nothing else TOML,
        }
