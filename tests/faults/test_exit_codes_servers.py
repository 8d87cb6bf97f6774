"""How the processes that serve end: with 0 when they were asked to, with a code that says why when they were not."""

import signal
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

import httpx2
import pytest

from app.core.http_server import START_FAILED
from app.core.loop import BROKEN_EXIT_CODE
from app.core.settings import REFUSED_CODE
from app.core.stall import DEAF_EXIT_CODE
from app.worker_process import HARD_EXIT_CODE
from tests.faults.asking import echo, post
from tests.rig.ports import free_port
from tests.rig.stack import Process, Stack, eventually

# What is answered, with any status, once a process serves.
SERVED = {"api": "/live", "frontend": "/", "flower": "/healthcheck", "model": "/health"}
REFUSED = {
    "api": {"API_PORT": "0"},
    "frontend": {"API_PORT": "0"},
    "flower": {"FLOWER_BASIC_AUTH": ""},
    "model": {"MODEL_PORT": "0"},
    "worker": {"LEASE_S": "1"},
    "scheduler": {"LEASE_S": "1"},
}
LEAVES = "async def broken(*_, **__): raise SystemExit(0)\n"
FAILS = "async def broken(*_, **__): raise ArithmeticError\n"
SERVES = """
import asyncio
from app.core.http_server import Server
async def beside_broken(_):
    task = asyncio.create_task(broken())
    await asyncio.Event().wait()
"""
STOPS = "import asyncio; from app.core.http_server import Server; Server.main_loop = lambda _: asyncio.sleep(0)"
# What goes wrong, as Python that is run in the process before it starts.
BREAKS = (
    ("api", "a loop fails", f"{FAILS}import app.main; app.main._send_forever = broken"),
    ("frontend", "it stops serving", STOPS),
    ("flower", "what watches leaves", f"{LEAVES}import app.flower; app.flower.watch = broken"),
    ("api", "a task leaves", f"{LEAVES}{SERVES}Server.main_loop = beside_broken"),
    ("api", "it stops serving", STOPS),
    ("flower", "what watches fails", f"{FAILS}import app.flower; app.flower.watch = broken"),
    ("flower", "it stops serving", "from flower.app import Flower; Flower.start = lambda self: None"),
)
BLOCKS = """
import sys, time
from app.jobs.runtime.executor import Executor
async def run(*_):
    print("blocked", flush=True, file=sys.stderr)
    time.sleep(600)
Executor.run = run
"""


def start(stack: Stack, name: str, port: int, fault: str = "") -> Process:
    """Start a process that serves on a port."""
    ports = dict.fromkeys(("FLOWER_PORT", "MODEL_PORT"), str(port)) | {"EMBEDDINGS_PORT": str(free_port())}
    argv = [name, "--port", str(port)] if name in {"api", "frontend"} else [name]
    code = f"import sys\n{fault}\nfrom app.cli.main import run; sys.exit(run({argv}))"
    return stack.python(name, "-c", code, **ports, FLOWER_BASIC_AUTH="headrace:only-for-tests-0123456789")


async def serves(name: str, port: int) -> bool:
    try:
        async with httpx2.AsyncClient(timeout=60) as client:
            await client.get(f"http://127.0.0.1:{port}{SERVED[name]}")
    except httpx2.TransportError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
async def test_who_was_asked_to_end_ends_with_0(stack: Stack, number: int) -> None:
    stack.broker()
    ports = {name: free_port() for name in SERVED}
    processes = {name: start(stack, name, port) for name, port in ports.items()}
    for name, port in ports.items():
        await eventually(partial(serves, name, port), within_s=120, what=f"{name} serves")
    for process in processes.values():
        process.signal(number)
    assert {name: await process.ended() for name, process in processes.items()} == dict.fromkeys(SERVED, 0)


async def test_who_refuses_its_settings_ends_with_78(stack: Stack) -> None:
    processes = {name: stack.python(name, "-m", "app", name, **wrong) for name, wrong in REFUSED.items()}
    codes = {name: await process.ended() for name, process in processes.items()}
    assert codes == dict.fromkeys(REFUSED, REFUSED_CODE)
    for name, process in processes.items():
        assert f"error: {next(iter(REFUSED[name]))}: " in process.log.read_text("utf-8")


@pytest.mark.slow
async def test_whose_port_is_taken_does_not_start(stack: Stack) -> None:
    stack.broker()
    with ExitStack() as taken:
        sockets = {name: taken.enter_context(socket.create_server(("127.0.0.1", 0))) for name in SERVED}
        processes = {name: start(stack, name, one.getsockname()[1]) for name, one in sockets.items()}
        codes = {name: await process.ended() for name, process in processes.items()}
    assert codes == {"api": START_FAILED, "frontend": START_FAILED, "flower": 1, "model": 1}


@pytest.mark.slow
async def test_whose_application_cannot_start_says_so(stack: Stack) -> None:
    faults = {
        "api": ("import app.main; app.main.load_catalog = lambda _: 1 / 0", START_FAILED),
        "frontend": ("from app.frontend import Proxy; Proxy.lifespan = lambda *_: 1 / 0", START_FAILED),
        "flower": ("import app.flower; app.flower.arguments = lambda *_, **__: 1 / 0", 1),
        "model": ("from app.llm import local_server; local_server.MODEL_FILE = 'none'", 1),
    }
    processes = {name: start(stack, name, free_port(), fault) for name, (fault, _) in faults.items()}
    codes = {name: await process.ended() for name, process in processes.items()}
    assert codes == {name: code for name, (_, code) in faults.items()}


@pytest.mark.parametrize(
    "breaks",
    [pytest.param(BREAKS[:3], id="some"), pytest.param(BREAKS[3:], id="the others", marks=pytest.mark.slow)],
)
async def test_who_breaks_ends_with_71(stack: Stack, breaks: Sequence[tuple[str, str, str]]) -> None:
    stack.broker()
    processes = {f"{name}: {why}": start(stack, name, free_port(), fault) for name, why, fault in breaks}
    codes = {why: await process.ended() for why, process in processes.items()}
    assert codes == dict.fromkeys(processes, BROKEN_EXIT_CODE)


@pytest.mark.slow
async def test_a_flower_that_is_deaf_asks_to_be_started_again(stack: Stack) -> None:
    stack.broker()
    deaf = "import app.flower; app.flower.Silence.look = lambda *_, **__: True"
    assert await start(stack, "flower", free_port(), deaf).ended() == DEAF_EXIT_CODE


@pytest.mark.slow
async def test_a_worker_that_does_not_end_is_ended_with_70(stack: Stack) -> None:
    stack.broker()
    client = await stack.api()
    stack.scheduler()
    worker = stack.python("worker", "-c", f"{BLOCKS}\nimport app.worker; app.worker.main()", GRACE_S="1")
    await post(client, echo())
    await eventually(lambda: b"blocked" in worker.log.read_bytes(), what="its loop is kept")
    worker.signal(signal.SIGTERM)
    assert await worker.ended() == HARD_EXIT_CODE


def test_the_codes_are_those_of_the_documents() -> None:
    """Who starts processes knows them: a change is one of what is promised."""
    assert (REFUSED_CODE, DEAF_EXIT_CODE, BROKEN_EXIT_CODE, HARD_EXIT_CODE, START_FAILED) == (78, 75, 71, 70, 3)
