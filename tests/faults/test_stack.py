"""The rig itself: closing a stack leaves nothing of it behind, and says so when something was left."""

from pathlib import Path

import pytest

from app.core.settings import Settings
from tests.rig.stack import Stack, environment_of, eventually

LEAVES_A_CHILD = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"


async def test_a_process_that_outlives_its_parent_is_ended_and_told(settings: Settings, tmp_path: Path) -> None:
    stack = Stack(settings, tmp_path, environment_of(settings))
    parent = stack.python("parent", "-c", LEAVES_A_CHILD)
    assert await parent.ended() == 0
    child = Path("/proc") / parent.log.read_text().strip()
    assert child.exists()
    with pytest.raises(AssertionError, match="no process of the stack is left"):
        await stack.close(within_s=1)
    await eventually(lambda: not child.exists() or ") Z " in (child / "stat").read_text(), what="the child has ended")
