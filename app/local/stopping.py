"""What a stack that stops waits for, said while it waits; and whether the `make` that started it was interrupted."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from app.core import clock
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.repository import workers
from app.local.output import Output

SAID_EVERY_S = 5.0
LOOK_EVERY_S = 0.5
ASKED_FOR_S = 2.0
MOST_NAMED = 3
_SIGINT = 1 << (signal.SIGINT - 1)
_MASKS = frozenset({"SigPnd", "ShdPnd", "SigIgn", "SigCgt"})


async def tell(output: Output, settings: Settings, pids: Callable[[], list[int]]) -> None:
    """Say which jobs of these workers are still waited for, and how long at most, until there are none."""
    until_s = clock.monotonic_s() + settings.grace_s
    url = settings.database_url.get_secret_value()
    database = Database(url, application_name="headrace-local", pool_size=1)
    said, said_at_s = "", float("-inf")
    try:
        with suppress(Exception):  # the database may be gone already; what is said is a courtesy
            while living := pids():
                async with asyncio.timeout(ASKED_FOR_S):
                    found = await workers.find_running_on(database, host=socket.gethostname(), pids=living)
                text, now_s = describe(row.type for row in found), clock.monotonic_s()
                if text and (text != said or now_s - said_at_s >= SAID_EVERY_S):
                    output.say(f"waiting for {text}, {max(0.0, until_s - now_s):.0f} s at most, then handed back")
                    said, said_at_s = text, now_s
                await asyncio.sleep(LOOK_EVERY_S)
    finally:
        with suppress(Exception):
            await database.close()


def describe(types: Iterable[str]) -> str:
    """Return `3 running jobs (2 summarize, 1 echo)`, "" for none."""
    counts = Counter(types)
    total = counts.total()
    named = [f"{count} {kind}" for kind, count in counts.most_common(MOST_NAMED)]
    more = ", …" if len(counts) > MOST_NAMED else ""
    return f"{total} running job{'s' if total > 1 else ''} ({', '.join(named)}{more})" if total else ""


def interrupts_of(pid: int) -> int | None:
    """Return how often a `make` was interrupted: not, once, or again; None where that cannot be seen.

    When it is, it takes its own handler away and waits for us, to whom it does not pass the signal on; the next one
    stays pending. Source: GNU make, commands.c, fatal_error_signal.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    masks = {
        name: int(mask, 16) & _SIGINT for name, _, mask in (line.partition(":\t") for line in lines) if name in _MASKS
    }
    if len(masks) < len(_MASKS) or masks["SigIgn"]:
        return None
    return 0 if masks["SigCgt"] else 2 if masks["ShdPnd"] or masks["SigPnd"] else 1
