"""The verbs of API keys; each is its own transaction with a line in the audit log, and is told to every process."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import audit
from app.auth.asking import InsufficientScopeError, require
from app.auth.caller import Actor, Caller, Right
from app.auth.keys import repository
from app.auth.keys.format import NewKey, new_key
from app.auth.keys.repository import KeyRow
from app.auth.keys.schemas import KeyCreate, KeyMade, KeyOut, KeyPage, KeyRotate
from app.auth.principals import digest_of
from app.auth.resources import Resources
from app.auth.users import repository as users
from app.core.database import Database
from app.core.errors import ConflictError, FieldError, InvalidError, NotFoundError

MOST_LIVE = 100  # keys of a user
MOST_WITH_ROTATED = 2 * MOST_LIVE  # with those that go on for a while beside another in their place
USUAL_SCOPES = (Right.JOBS_READ, Right.JOBS_WRITE, Right.FILES)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def _unknown(key_id: str) -> NotFoundError:
    return NotFoundError(f"There is no key {key_id}.", code="key_not_found")


def _owner(caller: Caller) -> UUID | None:
    """Return whose keys a caller sees, None for everybody's."""
    return None if Right.ADMIN in caller.rights else caller.user_id


def _made(row: KeyRow, key: NewKey) -> KeyMade:
    return KeyMade(**KeyOut.model_validate(row).model_dump(), key=key.text)


def _refuse_wider(name: str, own: frozenset[str] | None, wanted: Collection[str] | None) -> None:
    if own is not None and (wanted is None or not own.issuperset(wanted)):
        pointer, fault = f"#/{name}", f"a key allows no more than the one that makes it: {', '.join(sorted(own))}"
        raise InvalidError(f"{pointer}: {fault}", errors=[FieldError(pointer, fault)])


def _refuse_more(
    caller: Caller, scopes: Collection[Right], models: Collection[str] | None, job_types: Collection[str] | None
) -> None:
    for scope in scopes:
        require(caller, scope)
    _refuse_wider("models", caller.models, models)
    _refuse_wider("job_types", caller.job_types, job_types)


def _refuse_unknown(resources: Resources, wanted: KeyCreate) -> None:
    if faults := resources.nameable.faults_in(wanted.job_types, wanted.models):
        raise InvalidError(f"{faults[0].pointer}: {faults[0].detail}", errors=faults)


def _scopes_of(caller: Caller, wanted: KeyCreate) -> Collection[Right]:
    found = [one for one in USUAL_SCOPES if one in caller.rights] if wanted.scopes is None else wanted.scopes
    if not found:
        fault = "name some of the rights of what makes the key: " + ", ".join(sorted(caller.rights))
        raise InvalidError(f"#/scopes: {fault}", errors=[FieldError("#/scopes", fault)])
    return found


async def create(resources: Resources, actor: Actor, wanted: KeyCreate) -> KeyMade:
    """Make a key of the caller's. It can no more than what made it.

    Raises: InsufficientScopeError; InvalidError; ConflictError for too many.
    """
    caller = actor.caller
    scopes = _scopes_of(caller, wanted)
    _refuse_unknown(resources, wanted)
    _refuse_more(caller, scopes, wanted.models, wanted.job_types)
    key = new_key()
    values = {
        "user_id": caller.user_id,
        "team_id": caller.owner_id,
        **wanted.model_dump(include={"description", "models", "job_types", "requests_per_hour"}),
        "scopes": sorted(set(scopes)),
    }
    async with resources.database.begin() as connection:
        await _refuse_too_many(connection, caller.user_id, MOST_LIVE)
        row = await repository.create(connection, _with(key, values), lasts=timedelta(days=wanted.expires_in_days))
        await _record(connection, actor, "key.create", row, scopes=row.scopes, expires_at=row.expires_at.isoformat())
    return _made(row, key)


async def _refuse_too_many(connection: AsyncConnection, user_id: UUID, most: int) -> None:
    """Raise ConflictError when a user has as many keys; nobody else makes one of his before the commit."""
    await users.lock(connection, user_id)
    if await repository.count_live(connection, user_id) >= most:
        raise ConflictError(f"There are {most} keys already; revoke one of them.", code="too_many_keys")


def _with(key: NewKey, values: dict[str, object]) -> dict[str, object]:
    return {**values, "id": key.id, "prefix": key.prefix, "secret_sha256": digest_of(key.text)}


async def _record(connection: AsyncConnection, actor: Actor, action: str, row: KeyRow, **detail: object) -> None:
    told = {"user_id": str(row.user_id), "description": row.description, **detail}
    await audit.record(connection, actor, action, f"key:{row.id}", detail=told)


async def get(database: Database, caller: Caller, key_id: str) -> KeyRow:
    """Return a key. Raises: NotFoundError, also for somebody else's."""
    row = await repository.find(database, key_id, user_id=_owner(caller))
    if row is None:
        raise _unknown(key_id)
    return row


async def find_page(
    database: Database, caller: Caller, *, user_id: UUID | None, before: UUID | None, limit: int
) -> tuple[KeyPage, UUID | None]:
    """Return a page of the caller's keys, of everybody's for an administrator; and where the next page begins."""
    moment = None if before is None else _EPOCH + min(before.int, 2**56) * _TICK
    owner = _owner(caller) or user_id
    if user_id not in {None, owner}:
        return KeyPage(items=[], next_cursor=None), None
    rows = await repository.find_page(database, user_id=owner, before=moment, limit=limit + 1)
    last = UUID(int=(rows[limit - 1].created_at - _EPOCH) // _TICK) if len(rows) > limit else None
    return KeyPage(items=[KeyOut.model_validate(row) for row in rows[:limit]], next_cursor=None), last


async def revoke(resources: Resources, actor: Actor, key_id: str) -> None:
    """Let a key open nothing any more, at any process, when this returns. Raises: NotFoundError.

    Again is fine. Where its user has revoked it before, it is an administrator's from now on.
    """
    async with resources.database.begin() as connection:
        row = await _lock(connection, actor, key_id)
        by = actor.caller.user_id
        if row.revoked_at is None or by not in {row.user_id, row.revoked_by}:
            row = await repository.revoke(connection, key_id, by=by)
            await _record(connection, actor, "key.revoke", row)
    await resources.revocations.tell(row.user_id)


async def restore(resources: Resources, actor: Actor, key_id: str) -> KeyRow:
    """Let a key that was revoked within 30 days, or not used for long, open again what it did, at every process.

    What an administrator revoked, only an administrator restores.
    Raises: NotFoundError; InsufficientScopeError; ConflictError when that cannot be.
    """
    async with resources.database.begin() as connection:
        row = await _lock(connection, actor, key_id)
        if row.revoked_at is None and row.deactivated_at is None:
            over = "" if row.is_active else " It is over; make another one."
            raise ConflictError(f"The key is not revoked.{over}", code="key_not_revoked")
        if row.revoked_by not in {None, row.user_id} and Right.ADMIN not in actor.caller.rights:
            detail = "An administrator revoked this key; only an administrator takes that back. Make another one."
            raise InsufficientScopeError(Right.ADMIN, detail)
        if not row.is_restorable:
            days = repository.RESTORED_WITHIN.days
            detail = f"The key is over, or was revoked more than {days} days ago; make another one."
            raise ConflictError(detail, code="key_not_restorable")
        await _refuse_too_many(connection, row.user_id, MOST_LIVE)
        row = await repository.restore(connection, key_id)
        await _record(connection, actor, "key.restore", row)
    await resources.revocations.tell(row.user_id)
    return row


async def rotate(resources: Resources, actor: Actor, key_id: str, wanted: KeyRotate) -> KeyMade:
    """Make a key in the place of another of the caller's, which goes on for the overlap.

    Nobody gets the secret of somebody else's key, or of one that can more than what asks.
    Raises: NotFoundError; InsufficientScopeError; InvalidError; ConflictError.
    """
    key = new_key()
    async with resources.database.begin() as connection:
        old = await _lock(connection, actor, key_id)
        if old.user_id != actor.caller.user_id:
            raise _unknown(key_id)
        _refuse_more(actor.caller, [Right(one) for one in old.scopes], old.models, old.job_types)
        if not old.is_active or old.rotated_to is not None:
            detail = "The key is revoked, deactivated, over, or has another in its place already."
            raise ConflictError(detail, code="key_not_rotatable")
        await _refuse_too_many(connection, old.user_id, MOST_WITH_ROTATED)
        names = ("user_id", "team_id", "description", "scopes", "models", "job_types", "requests_per_hour")
        values: dict[str, object] = {name: getattr(old, name) for name in names}
        days = wanted.expires_in_days
        lasts = old.expires_at - old.created_at if days is None else timedelta(days=days)
        row = await repository.create(connection, _with(key, values), lasts=lasts)
        await repository.replace(connection, old.id, by=key.id, overlap=timedelta(hours=wanted.overlap_hours))
        await _record(connection, actor, "key.rotate", old, to=key.id, overlap_hours=wanted.overlap_hours)
    await resources.revocations.tell(row.user_id)
    return _made(row, key)


async def _lock(connection: AsyncConnection, actor: Actor, key_id: str) -> KeyRow:
    row = await repository.lock(connection, key_id, user_id=_owner(actor.caller))
    if row is None:
        raise _unknown(key_id)
    return row
