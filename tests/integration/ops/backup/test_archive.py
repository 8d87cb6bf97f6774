"""The file of a backup: never written over, none left by a failure, and no member leaves its folder."""

import io
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.local.backup import new_file
from app.local.errors import LocalError
from app.ops.backup import service
from app.ops.backup.archive import BackupError


def test_a_file_that_is_there_is_not_written_over_and_a_failure_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "a.backup"

    def fail() -> None:
        with new_file(path):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
    path.write_text("precious")
    with pytest.raises(LocalError, match="is there already"):
        new_file(path).__enter__()
    assert path.read_text() == "precious"


def test_no_member_leaves_the_files_folder(settings: Settings, tmp_path: Path) -> None:
    for name in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(BackupError, match="would leave the files folder"):
            service._restore_file(settings.model_copy(update={"data_dir": tmp_path}), name, io.BytesIO(b"x"))
