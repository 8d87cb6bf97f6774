"""The server of the API and of the interface: one place for what both allow, and for how they start and stop."""

import asyncio
import resource
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.supervisors import ChangeReload

from app.core.connections import GRACE_S, Connections, Limits
from app.core.http_protocol import GuardedProtocol
from app.core.logging import get_logger, setup_logging
from app.core.loop import BROKEN_EXIT_CODE
from app.core.memory import Heap
from app.core.settings import Settings, SettingsError

SWEEP_TICKS = 10  # of a tenth of a second
MEMORY_TICKS = 2
START_FAILED = 3  # as uvicorn's own command
DESCRIPTORS_EACH = 2  # a connection, and the file or the connection to which its request goes on
OTHER_DESCRIPTORS = 256  # of the database, of Redis, of code that is loaded
_serving: list["Server"] = []  # at most one
_log = get_logger(__name__)


class Server(uvicorn.Server):
    """Speaks our protocol, ends connections that have waited too long, and keeps no memory that is free."""

    def __init__(
        self, app: str, limits: Limits, *, host: str, port: int, reload_dir: Path | None = None, lifespan: str = "on"
    ) -> None:
        """Open nothing yet; `app` is `module:factory`. With `reload_dir` it is to be started by `ChangeReload`."""
        self._connections = Connections(limits)
        self._heap = Heap()
        super().__init__(
            uvicorn.Config(
                app,
                factory=True,
                host=host,
                port=port,
                http=partial(GuardedProtocol, self._connections),  # type: ignore[arg-type]  # it is only called
                ws="none",
                lifespan=lifespan,  # type: ignore[arg-type]
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # `app.core.proxies` reads them
                timeout_graceful_shutdown=GRACE_S,
                reload=reload_dir is not None,
                reload_dirs=None if reload_dir is None else str(reload_dir),
            )
        )

    async def on_tick(self, counter: int) -> bool:
        """Do what is done ten times a second."""
        if counter % SWEEP_TICKS == 0:
            self._connections.expire(asyncio.get_running_loop().time())
            self._heap.settle(self.server_state.total_requests)
        if counter % MEMORY_TICKS == 0:
            self._heap.look()
        return await super().on_tick(counter)


def serve(
    app: str, *, settings: Settings, host: str, port: int, probes: frozenset[str], reload_dir: Path | None = None
) -> None:
    """Serve an application until a signal; `probes` are the paths for which spare connections are kept.

    Ends the process, with 0 when a signal asked for it. With `reload_dir` it starts anew whenever a file there changes.
    Raises: SettingsError.
    """
    setup_logging(settings)
    limits = Limits(max_connections=affordable(settings), probes=probes)
    server = Server(app, limits, host=host, port=port, reload_dir=reload_dir)
    if reload_dir is not None:
        with suppress(KeyboardInterrupt):
            ChangeReload(server.config, target=server.run, sockets=[server.config.bind_socket()]).run()
        return
    asked: list[int] = []

    def end(number: int, _: object) -> None:
        asked.append(number)
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)  # uvicorn hears them itself, and raises them again when it has ended
    _serving.append(server)
    try:
        server.run()
    except SystemExit as error:
        if asked or error.code:
            raise
        _log.error("interrupted", exc_info=error)  # by a task; whatever its code, nobody asked
    sys.exit(BROKEN_EXIT_CODE if server.started else START_FAILED)


def give_up() -> None:
    """End this process, if it serves, after the requests that run: it has lost a part that it cannot do without."""
    for server in _serving:
        server.should_exit = True


def affordable(settings: Settings) -> int:
    """Return how many connections this process has file descriptors for, at most HTTP_MAX_CONNECTIONS.

    The soft limit is raised as far as it is needed and may be. Raises: SettingsError when HTTP_MAX_CONNECTIONS was set
    and does not fit.
    """
    wanted = settings.http_max_connections
    needed = DESCRIPTORS_EACH * wanted + OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed == needed:
        return wanted
    if "http_max_connections" in settings.model_fields_set:
        msg = (
            f"HTTP_MAX_CONNECTIONS: {wanted} connections need {needed} open files; here {hard} are allowed (ulimit -Hn)"
        )
        raise SettingsError(msg)
    fitting = max(1, (allowed - OTHER_DESCRIPTORS) // DESCRIPTORS_EACH)
    _log.warning("few_open_files", allowed=hard, max_connections=fitting)
    return fitting
