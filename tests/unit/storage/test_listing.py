import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.storage.local import MAX_LISTED, FileEntry, FileError, FileStore, Listing

NOW_S = 1_800_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("the server's secret")
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def store(root: Path) -> FileStore:
    return FileStore(root, max_bytes=100)


def touch(root: Path, path: str, *, age_s: float = 0.0) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("12345")
    os.utime(file, (NOW_S - age_s, NOW_S - age_s))


async def listed(store: FileStore, limit: int = MAX_LISTED) -> list[str]:
    return [entry.path for entry in (await store.list_files(limit)).files]


async def test_files_are_listed_the_newest_first(store: FileStore, root: Path) -> None:
    touch(root, "c.txt", age_s=10)
    touch(root, "deep/er/a.txt", age_s=5)
    touch(root, "b.txt", age_s=10)
    found = await store.list_files()
    assert [entry.path for entry in found.files] == ["deep/er/a.txt", "b.txt", "c.txt"]
    assert found.files[0] == FileEntry("deep/er/a.txt", 5, datetime.fromtimestamp(NOW_S - 5, UTC))
    assert not found.is_truncated


async def test_hidden_files_links_and_fifos_are_not_listed(store: FileStore, root: Path) -> None:
    touch(root, ".git/config")
    touch(root, ".hidden")
    (root / "link").symlink_to(root.parent / "secret.txt")
    (root / "up").symlink_to(root.parent)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "fifo")
    touch(root, "seen.txt")
    assert await listed(store) == ["seen.txt"]


async def test_the_listed_root_may_be_a_link(root: Path) -> None:
    touch(root, "a.txt")
    (root.parent / "link").symlink_to(root)
    assert await listed(FileStore(root.parent / "link", 100)) == ["a.txt"]


async def test_a_missing_root_lists_nothing(tmp_path: Path) -> None:
    assert await FileStore(tmp_path / "nothing", 100).list_files() == Listing([], is_truncated=False)


async def test_a_root_that_cannot_be_read_says_so_without_its_name(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "permission denied", path)

    monkeypatch.setattr("app.storage.local.os.fwalk", refuse)
    with pytest.raises(FileError, match="the files folder cannot be read") as caught:
        await store.list_files()
    assert str(root) not in str(caught.value)


async def test_a_list_keeps_the_newest_and_says_that_it_is_cut(store: FileStore, root: Path) -> None:
    for number in range(4):
        touch(root, f"{number}", age_s=number)
    assert (await store.list_files(4)).is_truncated is False
    cut = await store.list_files(3)
    assert ([entry.path for entry in cut.files], cut.is_truncated) == (["0", "1", "2"], True)


async def test_a_huge_folder_costs_no_more_than_its_limit(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.local.MAX_SEEN", 5)
    for number in range(6):
        touch(root, f"{number}")
    cut = await store.list_files()
    assert (len(cut.files), cut.is_truncated) == (5, True)
    (root / "5").unlink()
    assert not (await store.list_files()).is_truncated


@pytest.mark.parametrize("seconds", [-5e12, 1e12])
async def test_a_file_from_another_age_is_listed_too(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    touch(root, "a.txt")
    real = os.stat

    def aged(path: str, **options: Any) -> Any:
        found = real(path, **options)
        aged = SimpleNamespace(st_mode=found.st_mode, st_size=found.st_size, st_mtime=seconds)
        return aged if path == "a.txt" else found

    monkeypatch.setattr("app.storage.local.os.stat", aged)
    assert await listed(store) == ["a.txt"]


@pytest.mark.parametrize("name", [b"a\\b.txt", b"~a.txt", b"c:a.txt", b"a\nb.txt", b"\xff.txt"])
async def test_no_file_is_listed_that_would_be_refused(store: FileStore, root: Path, name: bytes) -> None:
    unlisted = root / os.fsdecode(name)
    unlisted.touch()
    assert await listed(store) == []


async def test_a_folder_whose_files_have_too_long_paths_is_passed_over(store: FileStore, root: Path) -> None:
    folder = root / Path(*["d" * 100] * 5)
    folder.mkdir(parents=True)
    (folder / "a.txt").touch()
    touch(root, "a.txt")
    assert await listed(store) == ["a.txt"]
