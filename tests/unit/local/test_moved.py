"""A database that is not where it was is never replaced by an empty one, whatever became of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.local import cluster_check, postgres_files
from app.local.errors import LocalError
from app.local.postgres import Postgres
from tests.rig.ports import free_port


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A DATA_DIR with a cluster; each test puts back what it moves."""
    data_dir = tmp_path_factory.mktemp("moved") / "data"
    prepare(data_dir)
    yield data_dir
    postgres_files.remove(data_dir)


def prepare(data_dir: Path) -> None:
    Postgres(data_dir, free_port(), "password-of-a-test", durable=False).prepare()


def refused(data_dir: Path) -> str:
    before = postgres_files.locate(data_dir).cluster.exists()
    with pytest.raises(LocalError) as raised:
        prepare(data_dir)
    assert "\n" not in str(raised.value)
    assert postgres_files.locate(data_dir).cluster.exists() == before, "nothing was made in its place"
    return str(raised.value)


def moved(path: Path, act: Callable[[], None]) -> None:
    """Do something while a file or folder is elsewhere."""
    elsewhere = path.with_name(f"{path.name}-elsewhere")
    path.rename(elsewhere)
    try:
        act()
    finally:
        elsewhere.rename(path)


def test_a_second_start_finds_it(made: Path) -> None:
    prepare(made)


def test_a_link_whose_folder_is_gone_names_both_places(tmp_path: Path) -> None:
    link = tmp_path / "postgres"
    link.symlink_to(tmp_path / "gone")
    said = refused(tmp_path)
    assert f"{link} leads to {tmp_path / 'gone'}, which is not there" in said
    assert f"ln -sfn THERE {link}" in said
    assert link.is_symlink()


def test_a_cluster_that_is_gone_is_named_with_where_it_was_made(made: Path) -> None:
    cluster = postgres_files.locate(made).cluster

    def start() -> None:
        assert f"it was made at {cluster}, and {cluster} is not there" in refused(made)

    moved(cluster, start)


def test_a_whole_folder_that_is_gone_is_missed(made: Path) -> None:
    cluster = postgres_files.locate(made).cluster
    moved(made / "postgres", lambda: _assert_in(f"it was made at {cluster}, and ", refused(made)))


def _assert_in(part: str, whole: str) -> None:
    assert part in whole


@pytest.mark.parametrize("part", ["PG_VERSION", "global/pg_control", "pg_wal"])
def test_half_a_cluster_is_refused_by_what_it_lacks(made: Path, part: str) -> None:
    cluster = postgres_files.locate(made).cluster
    moved(cluster / part, lambda: _assert_in(f"{cluster} is no whole database: it lacks {part}.", refused(made)))


def test_a_cluster_of_another_owner_is_refused(made: Path) -> None:
    cluster = postgres_files.locate(made).cluster
    uid = cluster.stat().st_uid
    with pytest.raises(LocalError, match=f"{cluster} belongs to the account .*chown -R .* {cluster}"):
        cluster_check.check_owner(cluster, uid + 1)
    cluster.chmod(0o755)
    assert f"chmod 700 {cluster}" in refused(made)
    cluster.chmod(0o700)


def test_a_copy_of_a_data_dir_does_not_share_nor_delete_the_first_one_s_database(made: Path, tmp_path: Path) -> None:
    if not (made / "postgres").is_symlink():
        pytest.skip("only root's database lies outside")
    copy = tmp_path / "copy"
    shutil.copytree(made, copy, symlinks=True)
    assert "this folder is a copy of that one" in refused(copy)
    postgres_files.remove(copy)
    assert postgres_files.locate(made).cluster.exists()
    prepare(made)


def test_a_data_dir_that_was_moved_keeps_its_database(made: Path) -> None:
    elsewhere = made.with_name("elsewhere")
    made.rename(elsewhere)
    prepare(elsewhere)
    elsewhere.rename(made)
    prepare(made)


def test_whoever_wants_an_empty_one_deletes_what_the_message_names(tmp_path: Path) -> None:
    (tmp_path / "postgres.made").write_text("/gone/cluster\n")
    assert f"To begin with an empty one, delete {tmp_path / 'postgres.made'}" in refused(tmp_path)
    (tmp_path / "postgres.made").unlink()
    cluster_check.check_cluster(tmp_path / "postgres", tmp_path / "postgres" / "cluster")
