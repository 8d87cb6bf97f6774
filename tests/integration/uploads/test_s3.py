"""Contents in an object store that speaks S3."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.core.errors import UnavailableError
from app.storage.contents import Contents
from tests.integration.uploads.sending import left
from tests.rig.played_s3 import PlayedS3, played_s3
from tests.rig.ports import free_port

BEFORE, AFTER = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment from which the store's client has its credentials, and which tests give an AWS_ENDPOINT."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "only-for-tests")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return monkeypatch


@pytest.fixture
def store(environment: pytest.MonkeyPatch) -> Iterator[PlayedS3]:
    """An empty store."""
    with played_s3() as store:
        environment.setenv("AWS_ENDPOINT", store.url)
        yield store


def received(folder: Path, content: bytes) -> Path:
    path = folder / "received"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [5, 12_000_000])
async def test_a_content_is_stored_read_lent_and_deleted(store: PlayedS3, tmp_path: Path, size: int) -> None:
    contents, key, content = Contents(tmp_path / "own", "s3://bucket/some/prefix"), uuid4(), os.urandom(size)
    await contents.adopt(received(tmp_path, content), key)
    assert store.objects == {f"/bucket/some/prefix/{key}": content}
    assert b"".join([chunk async for chunk in await contents.read(key)]) == content
    async with contents.as_path(key) as path:
        assert path.read_bytes() == content
    assert left(tmp_path / "own") == []
    for _ in range(2):
        await contents.delete(key)
        assert store.objects == {}
    with pytest.raises(FileNotFoundError):
        await contents.read(key)


async def test_only_our_keys_below_the_prefix_are_found(store: PlayedS3, tmp_path: Path) -> None:
    contents, key = Contents(tmp_path, "s3://bucket/some/prefix"), uuid4()
    await contents.adopt(received(tmp_path, b"x"), key)
    store.objects |= {f"/bucket/{uuid4()}": b"x", "/bucket/some/prefix/report.pdf": b"x"}

    async def found(before: datetime) -> list[UUID]:
        return [one async for keys in contents.find_older(before) for one in keys]

    assert await found(AFTER) == [key]
    assert await found(BEFORE) == []


async def test_a_store_that_is_away_is_told(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    contents = Contents(tmp_path / "own", "s3://bucket")
    with pytest.raises(UnavailableError) as caught:
        await contents.adopt(received(tmp_path, b"x"), uuid4())
    assert caught.value.code == "storage_unavailable"
    with pytest.raises(UnavailableError):
        await contents.read(uuid4())
