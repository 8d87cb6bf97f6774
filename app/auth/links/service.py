"""The verbs of one-time links; each is its own transaction with a line in the audit log."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from app.auth import audit
from app.auth.base62 import new_secret
from app.auth.caller import Actor, Caller, Role
from app.auth.credential import clean
from app.auth.links import repository
from app.auth.links.models import Kind
from app.auth.links.repository import LinkRow
from app.auth.links.schemas import (
    InviteAccept,
    InviteCreate,
    InviteMade,
    InviteOut,
    PasswordReset,
    Registration,
    ResetMade,
)
from app.auth.principals import digest_of
from app.auth.resources import Resources
from app.auth.teams import repository as teams
from app.auth.users import emails, registration
from app.auth.users import repository as users
from app.auth.users import service as user_service
from app.auth.users.schemas import UserCreate
from app.core.errors import ConflictError, NotFoundError, UnauthorizedError

PREFIX = "hr_link_"
RESET_LASTS = timedelta(days=1)


def _link(resources: Resources, kind: Kind, token: str) -> str:
    """Return the link of a token, which stands where no server and no log sees it."""
    return f"{resources.settings.site_url}/{kind}#{token}"


async def register(resources: Resources, actor: Actor, wanted: Registration) -> None:
    """Make an account for who asks for one; an address that somebody has, or is invited with, is left to him.

    Whose addresses are known here is told to nobody. Raises: RegistrationClosedError; InvalidError.
    """
    registration.require(resources.settings, "open")
    user = UserCreate(**wanted.model_dump())
    email = emails.normalised(user.email)
    user_service.refuse_address(email)
    user_service.refuse_password(user.password, email=email, name=user.name)
    if await repository.is_invited(resources.database, email):
        await resources.passwords.hash(user.password)  # so that it takes as long
        return
    with suppress(ConflictError):
        await user_service.create(resources, actor, user, action="user.register")


async def invite(resources: Resources, actor: Actor, wanted: InviteCreate) -> InviteMade:
    """Make an invite; the one that the address may have had opens nothing any more.

    Raises: RegistrationClosedError; InvalidError; NotFoundError for the team; ConflictError when the address is taken.
    """
    registration.require(resources.settings, "open", "invite")
    email = emails.normalised(wanted.email)
    user_service.refuse_address(email)
    if await users.find_credentials(resources.database, email=email) is not None:
        raise user_service.taken(email)
    token = PREFIX + new_secret()
    values = {**_values(Kind.INVITE, token, actor), "email": email, "role": wanted.role, "team_id": wanted.team_id}
    async with resources.database.begin() as connection:
        if wanted.team_id is not None and not await teams.lock(connection, wanted.team_id):
            raise NotFoundError(f"There is no team {wanted.team_id}.", code="team_not_found")
        row = await repository.create(connection, values, lasts=timedelta(days=wanted.expires_in_days))
        await audit.record(connection, actor, "invite.create", f"invite:{row.id}", detail=_told(row))
    return InviteMade(**InviteOut.model_validate(row).model_dump(), link=_link(resources, Kind.INVITE, token))


def _values(kind: Kind, token: str, actor: Actor) -> dict[str, object]:
    return {"id": uuid7(), "kind": kind, "token_sha256": digest_of(token), "made_by": actor.caller.user_id}


def _told(row: LinkRow) -> dict[str, object]:
    return {"email": row.email, "role": row.role, **({} if row.team_id is None else {"team_id": str(row.team_id)})}


async def revoke_invite(resources: Resources, actor: Actor, link_id: UUID) -> None:
    """Let an invite open nothing. Raises: NotFoundError for one that is not there, was used, or revoked."""
    async with resources.database.begin() as connection:
        row = await repository.revoke(connection, Kind.INVITE, link_id)
        if row is None:
            detail = f"There is no invite {link_id} that was neither used nor revoked."
            raise NotFoundError(detail, code="invite_not_found")
        await audit.record(connection, actor, "invite.revoke", f"invite:{link_id}", detail=_told(row))


async def accept_invite(resources: Resources, actor: Actor, wanted: InviteAccept) -> str | None:
    """Make the account of who was invited; return his address, None for a token that opens nothing.

    Raises: RegistrationClosedError; InvalidError for the password, and ConflictError for the address: both leave the
    invite as it is.
    """
    registration.require(resources.settings, "open", "invite")
    row = await repository.find_live(resources.database, Kind.INVITE, digest_of(clean(wanted.token)))
    if row is None:
        return None
    user_service.refuse_password(wanted.password, email=row.email, name=wanted.name)
    user_id, role = uuid7(), row.role or Role.MEMBER
    hashed = await resources.passwords.hash(wanted.password)
    values = {"email": row.email, "name": wanted.name, "role": role, "password_hash": hashed}
    async with resources.database.begin() as connection:
        if not await repository.use(connection, row.id):
            return None
        if not await users.create(connection, user_id, values):
            raise user_service.taken(row.email)
        await repository.note_user(connection, row.id, user_id)
        if row.team_id is not None:
            await teams.add_member(connection, row.team_id, user_id)
        guest = replace(actor, caller=Caller(user_id, row.email, user_id=user_id))
        detail = {"invite": str(row.id), **_told(row)}
        await audit.record(connection, guest, "invite.accept", f"user:{user_id}", detail=detail)
    return row.email


async def make_reset(resources: Resources, actor: Actor, user_id: UUID) -> ResetMade:
    """Make a link by which a user sets a new password; the one that he may have had opens nothing any more.

    Raises: NotFoundError; ConflictError for who signs in by no password, or not at all.
    """
    user = await users.find_credentials(resources.database, of_id=user_id)
    if user is None:
        raise NotFoundError(f"There is no user {user_id}.", code="user_not_found")
    if user.email is None or user.password_hash is None:
        raise ConflictError("This account has no password: its user signs in at the provider.", code="no_password")
    if not user.is_active:
        raise ConflictError("This account is disabled; enable it first.", code="user_disabled")
    token = PREFIX + new_secret()
    of_user = {"email": user.email, "user_id": user_id, "user_version": user.token_version}
    async with resources.database.begin() as connection:
        values = {**_values(Kind.RESET, token, actor), **of_user}
        row = await repository.create(connection, values, lasts=RESET_LASTS)
        await audit.record(connection, actor, "user.reset_link", f"user:{user_id}", detail={"email": user.email})
    return ResetMade(email=user.email, expires_at=row.expires_at, link=_link(resources, Kind.RESET, token))


async def reset_password(resources: Resources, actor: Actor, wanted: PasswordReset) -> str | None:
    """Set the password of whose link it is; his sessions and tokens end. Return his address, None for no such link.

    Raises: InvalidError for the password; UnauthorizedError when it was changed in between. Both leave the link as is.
    """
    row = await repository.find_live(resources.database, Kind.RESET, digest_of(clean(wanted.token)))
    if row is None or row.user_id is None:
        return None
    user = await users.find_credentials(resources.database, of_id=row.user_id)
    if user is None:
        return None
    user_service.refuse_password(wanted.password, email=user.email, name=user.name)
    hashed = await resources.passwords.hash(wanted.password)
    async with resources.database.begin() as connection:
        if not await repository.use(connection, row.id):
            return None
        if not await users.set_password(connection, user, hashed):
            raise UnauthorizedError("The password was changed in this moment; ask for another link.", code="bad_link")
        owner = replace(actor, caller=Caller(user.id, row.email, user_id=user.id))
        await audit.record(connection, owner, "user.reset", f"user:{user.id}")
    await resources.revocations.tell(user.id)
    return row.email
