"""The verbs of tokens: a pair for who signs in, the next pair for a refresh token, and their end."""

from uuid import UUID, uuid4

from app.auth import audit
from app.auth.caller import Actor, Caller
from app.auth.principals import digest_of
from app.auth.resources import Resources
from app.auth.tokens import access, refresh, repository
from app.auth.tokens.access import Access
from app.auth.tokens.repository import RefreshRow
from app.auth.tokens.schemas import Tokens
from app.auth.users.repository import Credentials


def _pair(resources: Resources, row: RefreshRow, token: str) -> Tokens:
    secret_key = resources.settings.secret_key.get_secret_value()
    issued = access.issue(secret_key, Access(row.user_id, row.user_version, row.family))
    return Tokens(access_token=issued, expires_in=int(access.LASTS.total_seconds()), refresh_token=token)


async def begin(resources: Resources, user: Credentials) -> Tokens:
    """Return the first pair of a user who has just proven who he is."""
    token = refresh.new_token()
    row = RefreshRow(uuid4(), uuid4(), user.id, user.token_version, is_live=True, is_replaced=False, is_in_grace=False)
    await repository.begin(resources.database, row, digest_of(token))
    return _pair(resources, row, token)


async def renew(resources: Resources, actor: Actor, token: str) -> Tokens | None:
    """Return the next pair, None for a token that opens nothing.

    The same token again within the grace gets the same successor; after it, somebody has a copy: the family ends.
    """
    successor = refresh.successor_of(resources.settings.secret_key.get_secret_value(), token)
    async with resources.database.begin() as connection:
        row = await repository.lock(connection, digest_of(token))
        if row is None or not row.is_live:
            return None
        if not row.is_replaced:
            await repository.replace(connection, row, by=uuid4(), digest=digest_of(successor))
        elif not row.is_in_grace:
            await repository.revoke_family(connection, row.family)
            caller = Caller(row.user_id, "gate", user_id=row.user_id)
            reused = Actor(caller, actor.request_id, actor.address, actor.agent)
            await audit.record(connection, reused, "tokens.reused", f"user:{row.user_id}")
    if row.is_replaced and not row.is_in_grace:
        await resources.revocations.tell(row.user_id)
        return None
    return _pair(resources, row, successor)


async def end(resources: Resources, token: str) -> None:
    """End the family of a token, and the access tokens beside it, at every process; one that is unknown is fine."""
    user_id: UUID | None = None
    async with resources.database.begin() as connection:
        row = await repository.lock(connection, digest_of(token))
        if row is not None and await repository.revoke_family(connection, row.family):
            user_id = row.user_id
    if user_id is not None:
        await resources.revocations.tell(user_id)
