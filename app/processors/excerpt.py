"""The beginning of a long text and samples of the rest, where one look must do."""

import math

from app.processors.chunks import spans

SAMPLES = 8

_LEFT_OUT = "\n[…]\n"
_LARGEST = 1.4  # a part is at most so many times the mean


def excerpt(text: str, *, max_bytes: float) -> str:
    """Return a text of at most about `max_bytes`: the beginning, for half of them, then eight evenly spaced samples.

    A text that fits is returned as it is; blocks, for some 20 ms at five million characters.
    """
    size = len(text.encode())
    if size <= max_bytes:
        return text
    free = max(1.0, max_bytes - SAMPLES * len(_LEFT_OUT.encode()))
    sample_bytes = free / (2 * SAMPLES * _LARGEST)
    parts = math.ceil(size / sample_bytes)
    beginning = spans(text, parts=parts, wanted=range(min(SAMPLES, parts)))
    step = max(1.0, (parts - SAMPLES) / SAMPLES)
    samples = (SAMPLES + int((number + 0.5) * step) for number in range(SAMPLES))
    chosen = spans(text, parts=parts, wanted=(number for number in samples if number < parts))
    start = text[beginning[0][0] : beginning[-1][1]]
    if len(start.encode()) > free / 2:  # mostly blank
        start = "\n".join(text[low:high] for low, high in beginning)
    return _LEFT_OUT.join([start, *(text[low:high] for low, high in chosen)])
