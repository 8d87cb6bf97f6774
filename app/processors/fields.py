"""Input fields that several job types share."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic.functional_validators import AfterValidator

from app.core.request_model import tidy

MAX_TEXT_CHARS = 1_000_000

# Colours and overstriking of terminals are left alone.
_NO_TEXT = re.compile("[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f\ufffd]+")
_MIN_NO_TEXT = 20
_MOST_NO_TEXT = 0.02  # of a text that somebody wrote; the bytes of a PDF or a picture read as text have ten times more


class Strict(BaseModel):
    """An input or result: no unknown fields, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, given: Any) -> Any:
        return tidy(cls, given)


def _check_text(text: str) -> str:
    if not text.strip():
        msg = "must hold more than spaces"
        raise ValueError(msg)
    strange = len(text) - len(_NO_TEXT.sub("", text))
    if strange > max(_MIN_NO_TEXT, _MOST_NO_TEXT * len(text)):
        msg = (
            f"is no text: {strange:,} of its {len(text):,} characters are none, as in the bytes of a file; upload that"
        )
        raise ValueError(msg)
    return text


def widget(name: str) -> dict[str, Any]:
    """Return what tells the browser's form how to ask for a field."""
    return {"x-widget": name}


TextChars = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS), AfterValidator(_check_text)]
