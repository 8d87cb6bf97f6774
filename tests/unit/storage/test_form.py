"""A form is read the same however its bytes are cut."""

from collections.abc import AsyncIterator

import pytest

from app.core.errors import HeadraceError
from app.storage import form
from app.storage.form import UploadForm

BOUNDARY = "----b0undary"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
CONTENT = b"first\r\n--\r\n------b0undar\r\n\r\nlast\r\n"


def part(headers: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\n{headers}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
FILE = part(
    'Content-Disposition: form-data; name="file"; filename="a b.txt"\r\nContent-Type: application/x-evil', CONTENT
)
OTHER = part('Content-Disposition: form-data; name="other"', b"a value")


async def cut(body: bytes, by: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), by):
        yield body[start : start + by]


async def read(body: bytes, *, by: int = 1 << 16) -> tuple[str, list[bytes]]:
    given = UploadForm(TYPE, cut(body, by))
    blocks = [block async for block in given.blocks()]
    return given.name, blocks


@pytest.mark.parametrize("by", [1, 2, 3, 7, 16, 1 << 16])
async def test_the_file_is_the_same_however_it_is_cut(by: int) -> None:
    name, blocks = await read(OTHER + FILE + OTHER + END, by=by)
    assert (name, b"".join(blocks)) == ("a b.txt", CONTENT)


async def test_blocks_are_bounded_and_none_is_small_but_the_last() -> None:
    content = bytes(3 * form.BLOCK_BYTES + 5)
    _, blocks = await read(FILE.replace(CONTENT, content) + END, by=60_000)
    sizes = [len(block) for block in blocks]
    assert sum(sizes) == len(content)
    assert all(form.BLOCK_BYTES <= size < form.BLOCK_BYTES + 60_000 for size in sizes[:-1])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (FILE, "malformed_request"),
        (FILE[:40], "malformed_request"),
        (b"", "malformed_request"),
        (b"{}", "malformed_request"),
        (OTHER + END, "invalid_request"),
        (FILE + FILE + END, "invalid_request"),
        (OTHER.replace(b"a value", b"x" * 70_000) + FILE + END, "body_too_large"),
        (FILE + END + b"x" * 70_000, "body_too_large"),
        (part("\r\n".join(f"A{n}: b" for n in range(100)), b"x") + END, "malformed_request"),
        (part("A: " + "b" * 9000, b"x") + END, "malformed_request"),
        (b"\r\n".join([OTHER] * 2000), "body_too_large"),
    ],
)
async def test_a_form_that_will_not_do_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(HeadraceError) as caught:
        await read(body, by=1000)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=b"])
def test_a_body_that_is_no_form_is_refused(kind: str) -> None:
    with pytest.raises(HeadraceError) as caught:
        UploadForm(kind, cut(b"", 1))
    assert caught.value.status == 422


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("filename*=utf-8''gr%C3%BC%C3%9Fe.txt", "grüße.txt"),
        ("filename*=UTF-8'en'%E6%96%87%E4%BB%B6.csv", "文件.csv"),
        ("filename*=iso-8859-1''gr%FC.txt", "grü.txt"),
        ("filename*=\"utf-8''gr%C3%BC.txt\"", "grü.txt"),
        ("filename*=utf-8''%FF.txt", "ÿ.txt"),
        ("filename*=klingon''a.txt", "a.txt"),
        ("filename*=base64''YQ", "YQ"),
        ("filename*0*=utf-8''gr%C3%BC; filename*1*=%C3%9Fe; filename*2=.txt", "grüße.txt"),
        ('filename*0="a long "; filename*1="name.txt"', "a long name.txt"),
        ("filename=\"x.txt\"; filename*=utf-8''gr%C3%BC.txt", "grü.txt"),
        ("filename=x.txt; filename*=utf-8''a; filename*0=b", "x.txt"),
        ('filename="=?utf-8?B?Z3LDvMOfZS50eHQ=?="', "grüße.txt"),
        ('filename="gr%C3%BC.txt"', "grü.txt"),
        ('filename="my %22a%22.md"', 'my "a".md'),
        ('filename="100%25 or 5%C3.txt"', "100%25 or 5%C3.txt"),
        ("filename*=utf-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        ('filename="grüße.txt"', "grüße.txt"),
    ],
)
async def test_a_name_is_read_however_it_is_written(written: str, name: str) -> None:
    found, blocks = await read(part(f'Content-Disposition: form-data; name="file"; {written}', b"a") + END)
    assert (found, blocks) == (name, [b"a"])


async def test_a_name_in_an_old_code_page_is_read() -> None:
    head = 'Content-Disposition: form-data; name="file"; filename="grüße.txt"'
    body = part(head, b"a").replace("grüße".encode(), "grüße".encode("cp1252"))
    assert (await read(body + END))[0] == "grüße.txt"
