from pathlib import Path

from app.local.runner import copy_missing


def test_examples_are_copied_once_and_never_over_the_users_files(tmp_path: Path) -> None:
    source, target = tmp_path / "examples", tmp_path / "files"
    (source / "texts").mkdir(parents=True)
    (source / "texts" / "a.txt").write_text("example")
    (source / "plugin.py").write_text("no example")
    (source / "providers.toml").write_text("no example either")
    copy_missing(source, target)
    (target / "texts" / "a.txt").write_text("mine")
    copy_missing(source, target)
    assert (target / "texts" / "a.txt").read_text() == "mine"
    assert [path.name for path in target.iterdir()] == ["texts"]


def test_without_examples_there_is_still_a_folder_for_files(tmp_path: Path) -> None:
    copy_missing(tmp_path / "none", tmp_path / "files")
    assert list((tmp_path / "files").iterdir()) == []
