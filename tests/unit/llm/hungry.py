"""A process that calls a hostile provider, and says by how many bytes its memory grew: `python -m … URL`."""

import asyncio
import re
import sys
from pathlib import Path

from app.llm.base import ModelError
from tests.unit.llm.asking import ask, make

CALLS = (
    "error-big",
    "error-bomb",
    "error-charset",
    "big",
    "bomb",
    "bomb-twice",
    "header-endless",
    "error-drip",
    "drip",
)
STREAMS = ("line", "line-packed", "lines", "error-big", "error-bomb")


def peak_bytes() -> int:
    """Return the most memory that this process has had."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


async def call(url: str, name: str, *, stream: bool) -> None:
    model = make(f"{url}/{name}/v1", stream=stream)
    try:
        await model.complete(ask("ok", timeout_s=0.5 if name.endswith("drip") else 60))
    except ModelError:
        pass
    finally:
        await model.close()


async def main(url: str) -> None:
    """Warm up, call everything one after the other, and print the growth."""
    for stream in (False, True):
        await call(url, "error", stream=stream)
    await call(url, "gzip", stream=False)
    await call(url, "stream", stream=True)
    before = peak_bytes()
    for names, stream in ((CALLS, False), (STREAMS, True)):
        for name in names:
            await call(url, name, stream=stream)
    sys.stdout.write(f"{peak_bytes() - before}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
