"""PostgreSQL and Valkey alone, for whoever needs databases and no stack: the tests. Plain synchronous code."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.local import postgres_files
from app.local.postgres import Postgres
from app.local.process import spawn, stop, wait_ready
from app.local.valkey import Valkey


@contextmanager
def database_servers(
    data_dir: Path, postgres_port: int, valkey_port: int, password: str, *, durable: bool = False
) -> Iterator[tuple[Postgres, Valkey]]:
    """Run both servers, ready on entering, gone on leaving; without `durable` PostgreSQL's files go too.

    Call it in the main thread: the servers end when the thread that started them does. Raises: LocalError.
    """
    postgres = Postgres(data_dir, postgres_port, password, durable)
    valkey = Valkey(data_dir, valkey_port, password, durable)
    with ExitStack() as cleanup:
        if not durable:
            cleanup.callback(postgres_files.remove, data_dir)
        started = []
        for server in (postgres, valkey):
            server.prepare()
            spec, log_path = server.spec(), data_dir / f"{server.spec().name}.log"
            child = spawn(spec, log_path=log_path)
            cleanup.callback(stop, spec, child)
            started.append((spec, child, log_path))
        for spec, child, log_path in started:
            wait_ready(spec, child, log_path=log_path)
        yield postgres, valkey
