"""The verbs of users; each is its own transaction, and is told to every process before it returns."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from app.auth import audit, passwords
from app.auth.caller import SERVICE_OWNER_ID, Actor, Role
from app.auth.resources import Resources
from app.auth.users import emails, repository
from app.auth.users.repository import Credentials, UserRow
from app.auth.users.schemas import UserCreate, UserUpdate
from app.core.errors import ConflictError, FieldError, InvalidError, NotFoundError, UnauthorizedError


def _unknown(user_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no user {user_id}.", code="user_not_found")


def _refuse_field(name: str, fault: str, code: str = "invalid_request") -> None:
    if fault:
        pointer = f"#/{name}"
        raise InvalidError(f"{pointer}: {fault}", errors=[FieldError(pointer, fault)], code=code)


def taken(email: str) -> ConflictError:
    """Return the error for an address that somebody has."""
    return ConflictError(f"There is a user with the address {email}.", code="email_taken")


def refuse_address(email: str) -> None:
    """Raise InvalidError for a normalised text that is no address."""
    _refuse_field("email", "" if emails.is_email(email) else "this is no e-mail address")


def refuse_password(password: str, *, email: str | None, name: str, field: str = "password") -> None:
    """Raise InvalidError for a password that is not to be taken."""
    own = (email or "", (email or "").partition("@")[0], name)
    _refuse_field(field, passwords.fault_of(password, names=own), "weak_password")


async def create(resources: Resources, actor: Actor, wanted: UserCreate, *, action: str = "user.create") -> UserRow:
    """Make a user with a team of his own.

    Raises: InvalidError naming the field; ConflictError when the address is taken.
    """
    email = emails.normalised(wanted.email)
    refuse_address(email)
    refuse_password(wanted.password, email=email, name=wanted.name)
    values = {
        "email": email,
        "name": wanted.name,
        "role": wanted.role,
        "password_hash": await resources.passwords.hash(wanted.password),
    }
    user_id = uuid7()
    async with resources.database.begin() as connection:
        if not await repository.create(connection, user_id, values):
            raise taken(email)
        detail = {"email": email, "role": wanted.role}
        await audit.record(connection, actor, action, f"user:{user_id}", detail=detail)
    return await get(resources, user_id)


async def get(resources: Resources, user_id: UUID) -> UserRow:
    """Return a user. Raises: NotFoundError."""
    row = await repository.find(resources.database, user_id)
    if row is None:
        raise _unknown(user_id)
    return row


async def update(resources: Resources, actor: Actor, user_id: UUID, wanted: UserUpdate) -> UserRow:
    """Change a user's name, role, password, how much he may ask, or whether he is active.

    Raises: NotFoundError; InvalidError; ConflictError for the service account and for the last administrator.
    """
    given = wanted.model_dump(exclude_none=True)
    if "requests_per_hour" in wanted.model_fields_set:
        given["requests_per_hour"] = wanted.requests_per_hour
    known = await get(resources, user_id)
    if user_id == SERVICE_OWNER_ID:
        raise ConflictError("The service account stays as it is: SERVICE_TOKEN opens it.", code="service_account")
    password = given.pop("password", None)
    if password is not None:
        refuse_password(password, email=known.email, name=known.name)
        given["password_hash"] = await resources.passwords.hash(password)
    async with resources.database.begin() as connection:
        await _refuse_to_lower_the_last(connection, user_id, given)
        row = await repository.lock(connection, user_id)
        given = {name: value for name, value in given.items() if getattr(row, name, None) != value}
        if not given:
            return row
        ends_tokens = "password_hash" in given or given.get("is_active") is False
        changed = await repository.change(connection, user_id, given, ends_tokens=ends_tokens)
        before = {name: getattr(row, name) for name in given if name != "password_hash"}
        after = {name: given[name] for name in before} | ({} if password is None else {"password": "changed"})
        detail = {"before": before, "after": after}
        await audit.record(connection, actor, "user.update", f"user:{user_id}", detail=detail)
    await resources.revocations.tell(user_id)
    return changed


async def _refuse_to_lower_the_last(connection: AsyncConnection, user_id: UUID, given: Mapping[str, Any]) -> None:
    is_lowered = given.get("role", Role.ADMIN) != Role.ADMIN or not given.get("is_active", True)
    if is_lowered and await repository.lock_admins(connection) == [user_id]:
        raise ConflictError("This is the last active administrator; make another one first.", code="last_administrator")


async def set_own_password(resources: Resources, actor: Actor, known: Credentials, new: str) -> None:
    """Change the password of a user who has just proven the old one; his sessions and tokens end, this one's too.

    Raises: InvalidError for one that is not to be taken; UnauthorizedError when it was changed in between.
    """
    refuse_password(new, email=known.email, name=known.name, field="new")
    hashed = await resources.passwords.hash(new)
    async with resources.database.begin() as connection:
        if not await repository.set_password(connection, known, hashed):
            raise UnauthorizedError("Password or sessions were changed in this moment; sign in again.")
        await audit.record(connection, actor, "user.password", f"user:{known.id}")
    await resources.revocations.tell(known.id)


async def end_tokens(resources: Resources, actor: Actor, user_id: UUID) -> None:
    """Let all sessions and tokens of a user open nothing any more; API keys go on.

    Raises: NotFoundError; ConflictError for the service account.
    """
    if user_id == SERVICE_OWNER_ID:
        raise ConflictError("The service account has no tokens of its own.", code="service_account")
    await get(resources, user_id)
    async with resources.database.begin() as connection:
        await repository.change(connection, user_id, {}, ends_tokens=True)
        await audit.record(connection, actor, "user.sign_out", f"user:{user_id}")
    await resources.revocations.tell(user_id)
