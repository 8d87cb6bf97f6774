"""Keep what there is of an answer that was cut off, in the form of the job's result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel

from app.llm.base import ModelError


@contextmanager
def kept(as_result: Callable[[str], BaseModel]) -> Iterator[None]:
    """Give an `output_truncated` that passes through what there is of the text, as a result."""
    try:
        yield
    except ModelError as error:
        if error.kind == "output_truncated" and error.partial is None and error.text.strip():
            error.partial = as_result(error.text)
        raise
