"""Servers of Debian's packages, each on a port of its own on loopback: PostgreSQL 15, PgBouncer, Redis 7, nginx."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from app.core.clock import monotonic_s
from tests.rig.ports import free_port
from tests.rig.tls import CERTIFICATES

PASSWORD = "pa@ss/w?rd%"
QUOTED = "pa%40ss%2Fw%3Frd%25"
WITHIN_S = 60.0
POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")


def program(name: str, package: str) -> str:
    """Return a program's path, or skip the test and name the package."""
    found = shutil.which(name, path=f"{POSTGRES_BIN}:/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return found


def _account() -> pwd.struct_passwd | None:
    """Return who runs servers that refuse to run as root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _give(path: Path) -> None:
    """Give a folder and what is in it to who runs the servers."""
    account = _account()
    if account is None:
        return
    for parent in path.parents:  # pytest's folders are for their owner alone
        with suppress(PermissionError):
            if parent.stat().st_mode & 0o011 != 0o011:
                parent.chmod(parent.stat().st_mode | 0o011)
    for one in (path, *path.rglob("*")):
        os.chown(one, account.pw_uid, account.pw_gid)
        one.chmod(0o700 if one.is_dir() else 0o600)
    path.chmod(0o755)


def _run(*argv: str, user: str | None = None) -> None:
    done = subprocess.run(argv, user=user, capture_output=True, check=False, timeout=120, cwd="/")
    assert done.returncode == 0, (argv, done.stderr[-2000:])


@contextmanager
def running(
    argv: Sequence[str], *, port: int, log: Path, user: str | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the block ends; it listens when the block begins."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, user=user, cwd="/"
        )
    try:
        until_s = monotonic_s() + WITHIN_S
        while not listens(port):
            assert child.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            assert monotonic_s() < until_s, log.read_text("utf-8", "replace")[-2000:]
            with suppress(subprocess.TimeoutExpired):
                child.wait(0.05)
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def listens(port: int) -> bool:
    """Say whether somebody takes connections there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def postgres15(folder: Path) -> Iterator[int]:
    """Run PostgreSQL 15 that takes TLS alone, with a user `headrace` of PASSWORD and a database `headrace_test`."""
    initdb, postgres = program("initdb", "postgresql-15"), program("postgres", "postgresql-15")
    account = _account()
    user = account.pw_name if account else None
    shutil.copytree(CERTIFICATES, folder)
    (folder / "password").write_text(PASSWORD, "utf-8")
    _give(folder)
    cluster, port = folder / "cluster", free_port()
    _run(
        *(initdb, "-D", str(cluster), "-U", "headrace", "--pwfile", str(folder / "password"), "-A", "scram-sha-256"),
        *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        user=user,
    )
    (cluster / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n", "utf-8")
    given = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "ssl": "on",
        "ssl_cert_file": str(folder / "server.pem"),
        "ssl_key_file": str(folder / "server.key"),
        "fsync": "off",
        "max_connections": "200",
    }
    options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
    with running([postgres, "-D", str(cluster), *options], port=port, log=folder / "log", user=user):
        psql = program("psql", "postgresql-client-15")
        url = f"postgresql://headrace:{QUOTED}@127.0.0.1:{port}/postgres?sslmode=require"
        _run(psql, url, "-qc", "CREATE DATABASE headrace_test")
        yield port


@contextmanager
def pgbouncer(folder: Path, postgres_port: int, **given: str) -> Iterator[int]:
    """Run PgBouncer in transaction mode before a PostgreSQL, with two servers for all of its clients."""
    path, port = program("pgbouncer", "pgbouncer"), free_port()
    account = _account()
    folder.mkdir(exist_ok=True)
    (folder / "users").write_text(f'"headrace" "{PASSWORD}"\n', "utf-8")
    settings: Mapping[str, str] = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": str(folder / "users"),
        "pool_mode": "transaction",
        "default_pool_size": "3",
        "max_client_conn": "500",
        "server_tls_sslmode": "require",
        **given,
    }
    (folder / "ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={postgres_port}\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in settings.items()),
        "utf-8",
    )
    _give(folder)
    with running([path, str(folder / "ini")], port=port, log=folder / "log", user=account.pw_name if account else None):
        yield port


@contextmanager
def redis7(folder: Path, *lines: str, port: int | None = None) -> Iterator[int]:
    """Run Redis 7 with these lines of configuration; without a `port 0` among them it speaks plain text."""
    path, port = program("redis-server", "redis-server"), port or free_port()
    folder.mkdir(exist_ok=True)
    name = "port" if "port 0" not in lines else "tls-port"
    if name == "tls-port":
        names = (("cert", "server.pem"), ("key", "server.key"), ("ca-cert", "ca.pem"))
        lines = (*lines, "tls-auth-clients no", *(f"tls-{key}-file {CERTIFICATES / file}" for key, file in names))
    text = "\n".join((*lines, f"{name} {port}", "bind 127.0.0.1", 'save ""', f"dir {folder}", ""))
    (folder / "redis.conf").write_text(text, "utf-8")
    with running([path, str(folder / "redis.conf")], port=port, log=folder / "log"):
        yield port


@contextmanager
def sentinels(folder: Path, master_port: int, *, name: str, login: str, count: int = 3) -> Iterator[list[int]]:
    """Run sentinels that watch a master and fail over within seconds; `login` is its password."""
    path, ports = program("redis-server", "redis-server"), [free_port() for _ in range(count)]
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        for port in ports:
            lines = (
                f"port {port}",
                "bind 127.0.0.1",
                f"dir {folder}",
                "requirepass sentinels-only-for-tests",
                "sentinel sentinel-pass sentinels-only-for-tests",
                f"sentinel monitor {name} 127.0.0.1 {master_port} {count // 2 + 1}",
                f"sentinel auth-pass {name} {login}",
                f"sentinel down-after-milliseconds {name} 1000",
                f"sentinel failover-timeout {name} 5000",
            )
            config = folder / f"sentinel-{port}.conf"
            config.write_text("\n".join((*lines, "")), "utf-8")
            stack.enter_context(
                running([path, str(config), "--sentinel"], port=port, log=folder / f"sentinel-{port}.log")
            )
        yield ports


@contextmanager
def nginx(folder: Path, api_port: int, *, port: int, headers: str = "", locations: str = "") -> Iterator[None]:
    """Run nginx, which speaks TLS for an API; `headers` and whole `locations` are of its configuration."""
    path = program("nginx", "nginx")
    folder.mkdir(exist_ok=True)
    usual = f"""
            client_max_body_size 40m;
            location / {{ proxy_pass http://127.0.0.1:{api_port}; proxy_http_version 1.1; {headers} }}
    """
    (folder / "nginx.conf").write_text(
        f"""
        daemon off; master_process off; pid {folder}/pid; error_log stderr;
        events {{}}
        http {{
          access_log off;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
          uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
          server {{
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {CERTIFICATES}/server.pem; ssl_certificate_key {CERTIFICATES}/server.key;
            {locations or usual}
          }}
        }}
        """,
        "utf-8",
    )
    with running([path, "-c", str(folder / "nginx.conf"), "-p", str(folder)], port=port, log=folder / "log"):
        yield
