"""Input fields that several job types share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.functional_validators import AfterValidator

MAX_TEXT_CHARS = 1_000_000

_CHARS_A_TOKEN = 6  # more than any real text has on average: what fails by this estimate fails for certain


class Strict(BaseModel):
    """An input or result: no unknown fields, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _not_blank(text: str) -> str:
    if not text.strip():
        msg = "must hold more than spaces"
        raise ValueError(msg)
    return text


Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS),
    AfterValidator(_not_blank),
    Field(title="Text", description="The text to work on.", json_schema_extra={"x-widget": "textarea"}),
]


def too_long(text: str, context_tokens: int | None) -> str | None:
    """Return why a text cannot fit into one call of a model with this context, or None when it may."""
    least = len(text) // _CHARS_A_TOKEN
    if context_tokens is None or least <= context_tokens:
        return None
    return f"the text needs at least {least:,} tokens and the model's context holds {context_tokens:,}"
