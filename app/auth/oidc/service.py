"""Takes somebody whom the provider has named: finds or makes the user, and gives him the role that he has there."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from app.auth import audit
from app.auth.asking import acting
from app.auth.caller import RIGHTS, Actor, Caller, Role
from app.auth.oidc import repository
from app.auth.oidc.errors import SsoError
from app.auth.oidc.provider import Told
from app.auth.oidc.repository import Known
from app.auth.oidc.rules import Rules, email_of, name_of
from app.auth.principals import Holder
from app.auth.resources import Resources
from app.auth.users import repository as users
from app.core.logging import get_logger

_NO_ROLE = "The provider gives the user no role here; see OIDC_ROLE_MAP and OIDC_DEFAULT_ROLE."
_CLOSED = "This account is closed here; an administrator opens it again."
_log = get_logger(__name__)


class _RacedError(Exception):
    """Another process has just made the user."""


async def admit(resources: Resources, rules: Rules, request: Request, told: Told) -> Holder:
    """Return the user who has signed in at the provider. Raises: SsoError.

    Every process hears of it: his role may be another one, and his keys may pause or go on.
    """
    try:
        user_id, refused = await _admit(resources, rules, request, told)
    except _RacedError:
        user_id, refused = await _admit(resources, rules, request, told)
    await resources.revocations.tell(user_id)
    holder = None if refused else await users.find_holder(resources.database, user_id)
    if holder is None:
        raise refused or SsoError(_CLOSED, code="sso_account_closed")
    return holder


async def _admit(resources: Resources, rules: Rules, request: Request, told: Told) -> tuple[UUID, SsoError | None]:
    """Return whose identity it is, and why he is refused after what was written."""
    async with resources.database.begin() as connection:
        known = await repository.find(connection, told.issuer, told.subject)
        if known is None:
            return await _create(connection, rules, request, told), None
        if not known.is_active:
            raise SsoError(_CLOSED, code="sso_account_closed")
        if rules.says_nothing(told.claims):
            _log.warning("sso_role_claim_absent", claim=rules.role_claim, user_id=str(known.user_id))
        actor = acting(request, _caller(known.user_id, known.name, known.role))
        role = await _allowed(connection, actor, known, rules.role(told.claims, known.role))
        email = email_of(told.claims)
        await repository.note(connection, told.issuer, told.subject, email=email, is_in=role is not None)
        if role is None:
            await _expel(connection, actor)
            return known.user_id, SsoError(_NO_ROLE, code="sso_no_role")
        if role is not known.role:
            await users.change(connection, known.user_id, {"role": role}, ends_tokens=False)
            detail = {"before": {"role": known.role}, "after": {"role": role}, "by": told.issuer}
            await audit.record(connection, actor, "user.update", f"user:{known.user_id}", detail=detail)
        return known.user_id, None


async def _create(connection: AsyncConnection, rules: Rules, request: Request, told: Told) -> UUID:
    """Make a user. An address that another one has stays that one's: it proves nothing here."""
    rules.require_domain(told.claims)
    role = rules.role(told.claims, None)
    if role is None:
        raise SsoError(_NO_ROLE, code="sso_no_role")
    user_id, name, email = uuid7(), name_of(told.claims), rules.trusted_email(told.claims)
    values = {"email": email, "name": name, "role": role}
    is_taken = not await users.create(connection, user_id, values)
    if is_taken:
        await users.create(connection, user_id, values | {"email": None})
    if not await repository.create(connection, user_id, told.issuer, told.subject, email=email_of(told.claims)):
        raise _RacedError
    detail: dict[str, object] = {"email": email, "role": role, "issuer": told.issuer, "subject": told.subject}
    detail |= {"email_taken": True} if is_taken else {}
    caller = _caller(user_id, name if is_taken or email is None else email, role)
    await audit.record(connection, acting(request, caller), "user.create", f"user:{user_id}", detail=detail)
    return user_id


async def _allowed(connection: AsyncConnection, actor: Actor, known: Known, wanted: Role | None) -> Role | None:
    """Return the role that a user gets: the last administrator stays one, whatever the provider says."""
    is_lowered = known.role is Role.ADMIN and wanted is not Role.ADMIN
    if not is_lowered or await users.lock_admins(connection) != [known.user_id]:
        return wanted
    detail = {"kept": known.role, "wanted": wanted, "why": "last_administrator"}
    await audit.record(connection, actor, "user.role_sync_skipped", f"user:{known.user_id}", detail=detail)
    return known.role


async def _expel(connection: AsyncConnection, actor: Actor) -> None:
    """End all that a user has open; his keys pause until he is given a role again."""
    user_id = actor.caller.user_id
    await users.change(connection, user_id, {}, ends_tokens=True)
    await audit.record(connection, actor, "user.sign_out", f"user:{user_id}", detail={"why": "no_role"})


def _caller(user_id: UUID, name: str, role: Role) -> Caller:
    return Caller(user_id, name, role=role, rights=RIGHTS[role], user_id=user_id)
