"""If-None-Match as clients and the proxies before them write it."""

import pytest
from fastapi import Request

from app.core.conditional import is_known

ETAG = '"7-done"'


def _known(*lines: str) -> bool:
    headers = [(b"if-none-match", line.encode()) for line in lines]
    return is_known(Request({"type": "http", "headers": headers}), ETAG)


@pytest.mark.parametrize(
    "lines",
    [
        (ETAG,),
        (f"W/{ETAG}",),  # as nginx leaves it when it compresses the answer
        ("*",),
        (" * ",),
        (f'"other", W/"x",{ETAG}',),
        (f'"with, comma",W/{ETAG}',),
        ('"other"', f"W/{ETAG}"),
        (f", {ETAG},",),
    ],
)
def test_a_client_that_has_it_is_told_so(lines: tuple[str, ...]) -> None:
    assert _known(*lines)


@pytest.mark.parametrize(
    "lines", [(), ("",), ('"other"',), ("7-done",), ('"7-done',), ('"a", "*"',), ('"7", "-done"',)]
)
def test_a_client_that_has_something_else_gets_it(lines: tuple[str, ...]) -> None:
    assert not _known(*lines)
