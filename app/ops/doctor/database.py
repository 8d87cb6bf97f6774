"""PostgreSQL as a process of ours finds it: reached, new enough, writable, migrated, with room for our connections."""

import asyncio
import ipaddress
from collections.abc import Iterator, Sequence

from sqlalchemy.exc import DBAPIError

from app.core.clock import utc_now
from app.core.database import Database
from app.core.database_reasons import reason
from app.core.database_url import DatabaseAddress, parse
from app.core.settings import Settings
from app.ops.doctor import repository
from app.ops.doctor.finding import Finding, fault, note, ok
from app.ops.doctor.repository import Server
from app.ops.health import schema_version
from app.ops.stats.repository import Snapshot, oldest_snapshots

SUBJECT = "postgresql"
OLDEST, OLDEST_NUMBER = "15", 150_000
MAX_SKEW_S = 2.0
SCHEDULER_CONNECTIONS = 8
OLD_TRANSACTIONS = 100_000  # as many as their alert takes: minutes of a busy system
_END = {
    "client": "let a backup or a report end, or end a forgotten session by pg_terminate_backend",
    "standby": "end the long query on the standby, or set its hot_standby_feedback to off",
    "slot": "start who reads it, or give it up by pg_drop_replication_slot",
    "prepared": "end it by COMMIT PREPARED or ROLLBACK PREPARED",
}


async def check(settings: Settings) -> Sequence[Finding]:
    """Look at the server of DATABASE_URL."""
    address = parse(settings.database_url.get_secret_value())
    url = settings.database_url.get_secret_value()
    database = Database(url, application_name="headrace-doctor", pool_size=1)
    try:
        about = await repository.read_server(database)
        skew_s = abs((utc_now() - about.now).total_seconds())
        found = [*_server(about, address), *_clock(skew_s), *_room(about, settings)]
        if about.is_standby or about.number < OLDEST_NUMBER:
            return found
        return [
            *found,
            *_snapshots(await oldest_snapshots(database)),
            *await _tables(database, about),
            *await _revision(database),
        ]
    except (asyncio.CancelledError, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 - told in words that quote nobody
        return [fault(SUBJECT, reason(error), "mend DATABASE_URL, or start the server")]
    finally:
        await database.close()


def _server(about: Server, address: DatabaseAddress) -> Iterator[Finding]:
    if about.number < OLDEST_NUMBER:
        yield fault(SUBJECT, f"it is version {about.version}", f"use PostgreSQL {OLDEST} or newer")
    else:
        yield ok(SUBJECT, f"version {about.version}, {'with' if about.is_tls else 'without'} TLS, as {about.username}")
    if about.encoding != "UTF8":
        yield fault(SUBJECT, f"the database is encoded in {about.encoding}", "make one with ENCODING 'UTF8'")
    if about.is_standby or about.is_read_only:
        what = "a standby" if about.is_standby else "read-only by default_transaction_read_only"
        yield fault(SUBJECT, f"it takes no writes: it is {what}", "name the primary, or target_session_attrs=primary")
    if not about.is_tls and any(is_far(host) for host, _ in address.hosts):
        do = "write sslmode=verify-full (or require) into DATABASE_URL"
        yield note(SUBJECT, "the password and every job cross the network as plain text", do)


def _clock(skew_s: float) -> Iterator[Finding]:
    if skew_s > MAX_SKEW_S:
        text_ = f"its clock and this machine's are {skew_s:.0f} s apart"
        yield note(SUBJECT, text_, "let NTP set both; times of jobs are PostgreSQL's")


def _room(about: Server, settings: Settings) -> Iterator[Finding]:
    pool = settings.database_pool_size
    needed = 2 * pool + SCHEDULER_CONNECTIONS  # an API, a worker, a scheduler
    most = min(about.most, about.role_most if about.role_most >= 0 else about.most)
    left = most - about.others
    if left < needed:
        do = f"raise max_connections (or the role's limit), or lower DATABASE_POOL_SIZE ({pool}); or use a pooler"
        yield fault(
            SUBJECT,
            f"{left} connections are left for us, and an API, a worker and a scheduler take {needed}",
            do,
        )
    else:
        more = (left - needed) // pool
        yield ok(SUBJECT, f"room for {needed} connections of an API, a worker and a scheduler, and {more} more workers")


def _snapshots(found: Sequence[Snapshot]) -> Iterator[Finding]:
    """Name who keeps dead rows from being cleaned up, by which each claim grows slower."""
    for one in found:
        if one.transactions >= OLD_TRANSACTIONS:
            who = f"{one.name} ({one.holder})"
            text_ = f"nothing is cleaned up that {who} may still see: {one.transactions} transactions"
            yield note(SUBJECT, text_, _END[one.holder])


async def _tables(database: Database, about: Server) -> Sequence[Finding]:
    if not about.schema:
        do = f"CREATE SCHEMA, or ALTER ROLE {about.username} SET search_path = public"
        return [fault(SUBJECT, "no schema of the search_path exists", do)]
    names = list(schema_version.tables())
    found = await repository.find_tables(database, names)
    result: list[Finding] = []
    if not about.may_create:
        do = f"GRANT CREATE ON SCHEMA {about.schema} TO {about.username}, or migrate as another user"
        result.append((note if len(found) == len(names) else fault)(SUBJECT, "this user may not make tables", do))
    if closed := [row.name for row in found if not row.may_write]:
        do = f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {about.schema} TO {about.username}"
        result.append(fault(SUBJECT, f"this user may not write {', '.join(closed)}", do))
    elif any(not row.is_ours for row in found):
        result.append(note(SUBJECT, "the tables belong to another user", "run `headrace migrate` as their owner"))
    return result


async def _revision(database: Database) -> Sequence[Finding]:
    try:
        why = await schema_version.check(database)
    except DBAPIError as error:
        return [fault("schema", reason(error), "GRANT SELECT ON alembic_version to this user")]
    if why:
        return [fault("schema", why)]
    return [ok("schema", "migrated")]


def is_far(host: str) -> bool:
    """Say whether a host is another machine, as far as its name tells."""
    if not host or host.startswith("/") or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
