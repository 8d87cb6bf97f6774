"""A provider that answers without end costs its caller's process little memory, whatever the status and the packing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOM_BYTES = 50_000_000


def test_a_hostile_provider_costs_at_most_fifty_megabytes() -> None:
    command = (sys.executable, "-m", "tests.unit.llm.hostile")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            caller = (sys.executable, "-m", "tests.unit.llm.hungry", url)
            out = subprocess.check_output(caller, cwd=ROOT, timeout=150)
        finally:
            server.terminate()
    assert int(out) < ROOM_BYTES
