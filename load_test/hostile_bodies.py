"""Bodies of many shapes, each nearly as large as its route takes."""

import json
from collections.abc import Callable

Shape = Callable[[int], bytes]


def _filled(before: bytes, part: bytes, after: bytes) -> Shape:
    return lambda size: before + part * ((size - len(before) - len(after)) // len(part)) + after


def _jobs(one: bytes, count: int = 1000) -> Shape:
    """Return a batch of so many jobs, each as large as fits; `one` has its text at `@`."""

    def shape(size: int) -> bytes:
        text = b"x" * max(1, min(900_000, size // count - len(one)))
        return b'{"jobs": [' + b",".join([one.replace(b"@", text)] * count) + b"]}"

    return shape


SHAPES: dict[str, Shape] = {
    "a long name over a long list": lambda size: _filled(b'{"' + b"k" * (size // 7) + b'": [', b"0,", b"0]}")(size),
    "empty lists": _filled(b"[", b"[],", b"0]"),
    "small objects": _filled(b"[", b'{"":0},', b"0]"),
    "lists in lists": _filled(b"[" * 60, b"[0],", b"0" + b"]" * 60),
    "too deep": _filled(b"", b"[", b""),
    "members of their own names": lambda size: json.dumps({f"k{n}": n for n in range(size // 18)}).encode(),
    "one member again and again": _filled(b"{", b'"type":"echo",', b'"a":0}'),
    "texts": _filled(b"[", b'"ab",', b"0]"),
    "one long text": _filled(b'{"type": "summarize", "input": {"text": "', b"word ", b'"}}'),
    "a text with one wide sign": _filled(b'{"type": "echo", "input": {"message": "\xf0\x9f\x98\x80', b"x", b'"}}'),
    "escapes": _filled(b'["', b"\\ud83d\\ude00", b'"]'),
    "a long number": _filled(b"[0.", b"1", b"]"),
    "numbers": _filled(b"[", b"1.5,", b"0]"),
    "no JSON": _filled(b"", b"\x00\xff", b""),
    "open quotes": _filled(b'{"a": "', b'\\"', b""),
}
BATCHES: dict[str, Shape] = {
    "a thousand jobs": _jobs(b'{"type": "summarize", "input": {"text": "@"}}'),
    "ten thousand jobs": _jobs(b'{"type": "echo", "input": {"message": "@"}}', 10_000),
    "jobs with a wide sign": _jobs(b'{"type": "summarize", "input": {"text": "\xf0\x9f\x98\x80@"}}'),
    "jobs of unknown members": lambda size: _jobs(
        b'{"type": "echo", '
        + b", ".join(b'"a%d": 0' % n for n in range(size // 12_000))
        + b', "input": {"message": "@"}}'
    )(size),
    "a job of small objects": _filled(b'{"jobs": [{"type": "echo", "input": {"message": [', b'{"":0},', b"0]}}]}"),
    "a hundred thousand jobs": _filled(b'{"jobs": [', b"{},", b"{}]}"),
}
