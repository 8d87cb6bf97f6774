"""`python -m tests.scripted_model --port 9000 --log calls.jsonl`: serve until SIGTERM or SIGINT."""

import argparse
import asyncio
import json
import signal
from pathlib import Path
from typing import Any

from app.core.clock import utc_now
from tests.scripted_model.control import Controls
from tests.scripted_model.server import listen
from tests.scripted_model.witness import Witness


async def _main(port: int, log: Path | None, wanted: dict[str, Any]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    controls = Controls()
    controls.change(wanted, utc_now().timestamp())
    server = await listen(Witness(log), controls, port=port)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - who starts it waits for it
    await stop.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.scripted_model", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port and prints it")
    parser.add_argument("--log", type=Path, default=None, help="where each call is logged, one JSON line each")
    parser.add_argument("--control", type=json.loads, default={}, metavar="JSON", help="as PUT /control takes it")
    given = parser.parse_args()
    asyncio.run(_main(given.port, given.log, given.control))
