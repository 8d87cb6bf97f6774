import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from app.core.setting_sources import CREDENTIALS_FILE
from app.local import control, removal
from app.local.errors import LocalError
from app.local.lock import socket_of, take_lock


def test_one_folder_has_one_stack(tmp_path: Path) -> None:
    with take_lock(tmp_path) as held:
        held.publish(tmp_path / "control.sock")
        with pytest.raises(LocalError, match=r"a stack \(pid \d+\) already runs on DATA_DIR"), take_lock(tmp_path):
            pass


def test_a_stack_that_was_killed_is_told_from_one_that_stopped(tmp_path: Path) -> None:
    with take_lock(tmp_path) as held:
        assert not held.was_killed
        held.publish(tmp_path / "control.sock")
    with take_lock(tmp_path) as held:
        assert held.was_killed
        held.clear()
    with take_lock(tmp_path) as held:
        assert not held.was_killed


def test_without_a_stack_there_is_nobody_to_ask(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="no stack runs on DATA_DIR"):
        socket_of(tmp_path)
    with take_lock(tmp_path) as held:
        held.publish(tmp_path / "control.sock")
    with pytest.raises(LocalError, match="no stack runs on DATA_DIR"):
        control.ask(tmp_path, command="ps")


@pytest.mark.parametrize("name", ["short", "l" * 120])
async def test_a_request_reaches_the_stack_of_any_folder(tmp_path: Path, name: str) -> None:
    async def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["command"] != "ps":
            raise LocalError("no such command")
        return {"processes": []}

    data_dir = tmp_path / name
    with take_lock(data_dir) as held:
        async with control.serve(data_dir, answer) as path:
            held.publish(path)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert await asyncio.to_thread(control.ask, data_dir, command="ps") == {"processes": []}
            with pytest.raises(LocalError, match="the stack says: no such command"):
                await asyncio.to_thread(control.ask, data_dir, command="dance")
        assert not path.exists()


def test_only_a_data_folder_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalError, match="no data folder"), removal.claimed(tmp_path):
        pass
    (tmp_path / CREDENTIALS_FILE).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        with pytest.raises(LocalError, match="holds more"), removal.claimed(tmp_path):
            pass
    with take_lock(tmp_path), pytest.raises(LocalError, match="already runs"), removal.claimed(tmp_path):
        pass
    with removal.claimed(tmp_path) as delete:
        assert tmp_path.exists()
        delete()
    assert not tmp_path.exists()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "link")
    with pytest.raises(LocalError, match=f"DATA_DIR {tmp_path / 'link'} cannot be used"), take_lock(tmp_path / "link"):
        pass
