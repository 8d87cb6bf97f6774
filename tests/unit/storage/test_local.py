import errno
import os
from pathlib import Path

import pytest

from app.storage.local import (
    MAX_PATH_CHARS,
    FileError,
    FileMissing,
    FileRefused,
    FileStore,
    FileTooLarge,
    check_path,
    decode,
)

SECRET = "the server's secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text(SECRET)
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(root, max_bytes=100)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "   ",
        "..",
        ".",
        "../secret.txt",
        "a/../../secret.txt",
        "a/..",
        "./a.txt",
        "a/./b.txt",
        "a//b.txt",
        "a/",
        "/etc/passwd",
        "//etc/passwd",
        "~/a.txt",
        "~root/a.txt",
        "a\x00.txt",
        "a\n.txt",
        "a\x7f.txt",
        "a\ud800.txt",
        "..\\secret.txt",
        "a\\b.txt",
        "C:a.txt",
        "c:/windows/win.ini",
        "a" * (MAX_PATH_CHARS + 1),
    ],
)
async def test_a_path_that_could_lead_outside_is_refused(store: FileStore, path: str) -> None:
    with pytest.raises(FileRefused):
        await store.read_bytes(path)


@pytest.mark.parametrize("path", ["%2e%2e/secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt", "....//secret.txt"])
async def test_an_escaped_path_is_not_unescaped(store: FileStore, path: str) -> None:
    with pytest.raises((FileMissing, FileRefused)):
        await store.read_bytes(path)


@pytest.mark.parametrize("path", ["a.txt", "a/b/c.txt", "..a", "a..", "...", " a.txt", "a b.txt", "ä/日本.txt", "ab:c"])
def test_a_harmless_path_passes(path: str) -> None:
    check_path(path)


async def test_a_file_named_like_an_escape_is_an_ordinary_file(store: FileStore, root: Path) -> None:
    (root / "%2e%2e").write_bytes(b"here")
    assert await store.read_bytes("%2e%2e") == b"here"


async def test_a_file_in_a_folder_is_read(store: FileStore, root: Path) -> None:
    (root / "a").mkdir()
    (root / "a" / "b.txt").write_bytes(b"\x00\xff")
    assert await store.read_bytes("a/b.txt") == b"\x00\xff"


async def test_a_link_to_a_file_outside_is_refused(store: FileStore, root: Path) -> None:
    (root / "link").symlink_to(root.parent / "secret.txt")
    with pytest.raises(FileRefused):
        await store.read_bytes("link")


async def test_a_link_to_a_folder_outside_is_refused(store: FileStore, root: Path) -> None:
    (root / "up").symlink_to(root.parent)
    with pytest.raises(FileRefused, match="leads out"):
        await store.read_bytes("up/secret.txt")


async def test_a_folder_beside_the_root_with_the_same_start_is_outside(store: FileStore, root: Path) -> None:
    beside = root.parent / "files-of-others"
    beside.mkdir()
    (beside / "a.txt").write_text(SECRET)
    (root / "link").symlink_to(beside)
    with pytest.raises(FileRefused):
        await store.read_bytes("link/a.txt")


async def test_a_link_to_a_file_inside_is_refused(store: FileStore, root: Path) -> None:
    (root / "a.txt").write_text("here")
    (root / "link").symlink_to(root / "a.txt")
    with pytest.raises(FileRefused):
        await store.read_bytes("link")


async def test_a_link_to_a_folder_inside_is_followed(store: FileStore, root: Path) -> None:
    (root / "a").mkdir()
    (root / "a" / "b.txt").write_bytes(b"here")
    (root / "link").symlink_to(root / "a")
    assert await store.read_bytes("link/b.txt") == b"here"


async def test_the_root_itself_may_be_a_link(root: Path) -> None:
    (root / "a.txt").write_bytes(b"here")
    (root.parent / "link").symlink_to(root)
    assert await FileStore(root.parent / "link", 100).read_bytes("a.txt") == b"here"


async def test_a_loop_of_links_is_refused(store: FileStore, root: Path) -> None:
    (root / "link").symlink_to(root / "link")
    with pytest.raises(FileRefused):
        await store.read_bytes("link")


async def test_a_fifo_is_refused_without_waiting_for_a_writer(store: FileStore, root: Path) -> None:
    os.mkfifo(root / "fifo")
    with pytest.raises(FileRefused, match="no regular file"):
        await store.read_bytes("fifo")


async def test_a_folder_is_refused(store: FileStore, root: Path) -> None:
    (root / "a").mkdir()
    with pytest.raises(FileRefused, match="no regular file"):
        await store.read_bytes("a")


async def test_a_file_of_the_greatest_size_is_read(store: FileStore, root: Path) -> None:
    (root / "a").write_bytes(b"x" * 100)
    assert len(await store.read_bytes("a")) == 100


async def test_a_file_one_byte_larger_is_too_large(store: FileStore, root: Path) -> None:
    (root / "a").write_bytes(b"x" * 101)
    with pytest.raises(FileTooLarge):
        await store.read_bytes("a")


@pytest.mark.parametrize("path", ["nothing.txt", "nothing/a.txt", "a.txt/b.txt"])
async def test_a_missing_file_is_missing(store: FileStore, root: Path, path: str) -> None:
    (root / "a.txt").write_text("here")
    with pytest.raises(FileMissing):
        await store.read_bytes(path)


async def test_every_file_of_a_missing_root_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        await FileStore(tmp_path / "nothing", 100).read_bytes("a.txt")


async def test_a_name_too_long_for_the_file_system_is_refused(store: FileStore) -> None:
    with pytest.raises(FileRefused, match="too long"):
        await store.read_bytes("a" * 400)


async def test_a_failing_disk_is_an_unreadable_file(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr("app.storage.local.os.open", fail)
    with pytest.raises(FileError) as caught:
        await store.read_bytes("a.txt")
    assert caught.value.code == "file_unreadable"


@pytest.mark.parametrize("path", ["nothing.txt", "../secret.txt", "up/secret.txt", "folder"])
async def test_no_message_shows_the_server_s_folders(store: FileStore, root: Path, path: str) -> None:
    (root / "up").symlink_to(root.parent)
    (root / "folder").mkdir()
    with pytest.raises(FileError) as caught:
        await store.read_bytes(path)
    assert str(root.parent) not in str(caught.value)


def test_each_error_has_its_code() -> None:
    assert {kind.code for kind in (FileError, FileRefused, FileMissing, FileTooLarge)} == {
        "file_unreadable",
        "file_refused",
        "file_not_found",
        "file_too_large",
    }


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        ("größer 日本".encode(), "größer 日本"),
        ("größer".encode("utf-8-sig"), "größer"),
        ("größer".encode("utf-16"), "größer"),
        (b"\xff\xfe" + "größer".encode("utf-16-le"), "größer"),
        (b"\xfe\xff" + "größer".encode("utf-16-be"), "größer"),
        ("größer".encode("latin-1"), "größer"),
        (b"\x80 5", "€ 5"),
        (b"\xe9\x81", "é\ufffd"),
        (b"\xff\xfea\x00b", "a\ufffd"),
        (b"a\x00b", "ab"),
    ],
)
def test_text_is_decoded(content: bytes, text: str) -> None:
    assert decode(content) == text


async def test_a_file_is_read_as_text(store: FileStore, root: Path) -> None:
    (root / "a.txt").write_bytes("größer".encode("latin-1"))
    assert await store.read_text("a.txt") == "größer"
