"""Whether a DATA_DIR's PostgreSQL is where it was made, whole and ours: an empty one never takes its place unasked."""

import pwd
from pathlib import Path

from app.local.errors import LocalError

MADE_FILE = "postgres.made"  # in DATA_DIR, beside the link that may lead elsewhere; it says where the cluster was made
OWNER_FILE = "owner"  # in the folder outside of DATA_DIR; it names the link that leads there
PARTS = ("PG_VERSION", "global/pg_control", "base", "pg_wal", "pg_xact")
_NOBODY_ELSE = 0o027  # PostgreSQL refuses a folder with any of these rights


def check_link(link: Path) -> None:
    """Refuse a link whose folder is gone. Raises: LocalError naming both places."""
    if link.is_symlink() and not link.exists():
        raise LocalError(
            f"the database is gone: {link} leads to {link.readlink()}, which is not there. Bring it back, or lead the"
            f" link to where it lies now (ln -sfn THERE {link}). To begin with an empty one, delete {link}"
            f" and {_made(link)}"
        )


def check_cluster(link: Path, cluster: Path) -> None:
    """Refuse a missing cluster that was made before, and half a one. Raises: LocalError saying what to do."""
    if not cluster.exists():
        if _made(link).exists():
            raise LocalError(
                f"the database is gone: it was made at {_made(link).read_text().strip()}, and {cluster} is not there."
                f" Bring it back. To begin with an empty one, delete {_made(link)}"
            )
        return
    if missing := [part for part in PARTS if not (cluster / part).exists()]:
        raise LocalError(
            f"{cluster} is no whole database: it lacks {', '.join(missing)}. Copy all of it again while no server runs"
            " on it, or restore a backup"
        )


def check_owner(cluster: Path, uid: int) -> None:
    """Refuse files that the server's account may not use. Raises: LocalError."""
    stat = cluster.stat()
    if stat.st_uid != uid:
        raise LocalError(
            f"{cluster} belongs to the account {_account(stat.st_uid)}, and PostgreSQL runs as {_account(uid)}:"
            f" chown -R {_account(uid)} {cluster}, or start the stack as its owner"
        )
    if stat.st_mode & _NOBODY_ELSE:
        raise LocalError(f"{cluster} is open to other accounts, which PostgreSQL refuses: chmod 700 {cluster}")


def check_sharing(link: Path, root: Path) -> None:
    """Refuse a folder outside of DATA_DIR that another DATA_DIR has, too. Raises: LocalError.

    One that was moved takes it over; a copy of a DATA_DIR has the link of the first one.
    """
    record = root / OWNER_FILE
    if not link.is_symlink() or not record.exists():
        return
    owner = Path(record.read_text())
    if owner == link.absolute():
        return
    if owner.is_symlink() and owner.resolve() == root:
        raise LocalError(
            f"{link} leads to {root}, the database of {owner.parent}: this folder is a copy of that one. Use that one,"
            f" or delete {link} and {_made(link)} here and restore a backup into it"
        )
    record.write_text(str(link.absolute()))


def note(link: Path, cluster: Path) -> None:
    """Remember where the cluster is, for the day when it is not there."""
    _made(link).write_text(f"{cluster}\n")


def forget(link: Path) -> None:
    """Remember nothing: the cluster was deleted on purpose."""
    _made(link).unlink(missing_ok=True)


def _made(link: Path) -> Path:
    return link.with_name(MADE_FILE)


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
