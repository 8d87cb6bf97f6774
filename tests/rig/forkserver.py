"""Starts Python processes of ours out of one that has imported them already: a fork each, not seconds of imports.

Run by tests.rig.forked as `python -m tests.rig.forkserver DESCRIPTOR ROLE`, whose other end it ends with. What it forks
goes on as `python -m MODULE …` or `python -c CODE …`: with its own arguments, environment, output, session, exit code.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

# What a process of this role imports, and no more: an import of another's defines that one's metrics, for one thing.
# None of it may start a thread, or draw what must differ between processes. What such a process would load only when it
# needs it comes last.
LOADED = {
    "api": ("app.cli.main", "app.core.http_server", "app.main", "obstore.store", "app.llm.check"),
    "worker": ("app.cli.main", "app.worker", "celery.apps.worker", "app.core.transport", "openai", "obstore.store"),
    "scheduler": ("app.cli.main", "app.scheduler", "asyncpg", "uvloop"),
    "model": ("tests.scripted_model.server",),
}
MOST_BYTES = 1 << 17  # of a request
STATUS = struct.Struct("!q")  # sent twice: the process's id, then, when it has ended, its exit code


def serve(channel: socket.socket) -> dict[str, Any]:
    """Fork a process for each request and return the request in it; the first process ends with the channel."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, MOST_BYTES, 2)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            channel.close()
            log, status = descriptors
            _keep(socket.socket(fileno=status))
            _write_to(log)
            request: dict[str, Any] = json.loads(message)
            return request
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(status: socket.socket) -> None:
    """Return in a process of a session of its own; this one tells its end, and ends it when nobody is there to tell."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        status.close()
        return
    with suppress(ConnectionError):
        status.send(STATUS.pack(pid))
    watched = select.poll()
    watched.register(os.pidfd_open(pid), select.POLLIN)
    watched.register(status, 0)  # its other end is gone when whoever started this is
    if status.fileno() in dict(watched.poll()):
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(ConnectionError):
        status.send(STATUS.pack(code))
    os._exit(0)


def _write_to(log: int) -> None:
    """Read nothing and write to this file, as the other processes of a stack do."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, place)
    os.close(nothing)
    os.close(log)


def run(argv: list[str], environment: dict[str, str]) -> None:
    """Go on as Python with these arguments does."""
    # What Python adds where the locale is C, before any code of ours. Source: PEP 538.
    coerced = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}  # noqa: TID251
    os.environ.clear()  # noqa: TID251 - handed on, not read
    os.environ.update(coerced | environment)  # noqa: TID251
    time.tzset()
    kind, what, *_ = argv
    sys.argv = [kind, *argv[2:]]
    if kind == "-c":
        sys.path[0] = ""
        module = type(sys)("__main__")
        sys.modules["__main__"] = module
        exec(compile(what, "<string>", "exec"), module.__dict__)
    else:
        runpy.run_module(what, run_name="__main__", alter_sys=True)


def main(descriptor: int, role: str) -> None:
    """Import everything once, and serve."""
    for name in LOADED[role]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in one of them would copy all of it
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a fork would copy one of the threads only"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that keep the others
    request = serve(socket.socket(fileno=descriptor))
    run(request["argv"], request["environment"])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
