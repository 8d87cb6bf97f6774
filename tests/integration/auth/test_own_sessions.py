"""The browsers in which somebody is signed in: what he sees of them, and ends of them; and an administrator, of his."""

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.guessing import OWN
from tests.rig.audit import audit
from tests.rig.people import AUTH, ME, PASSWORD, SERVICE, USERS, Person, key_of, person, process, status_of

SESSION, SESSIONS = "/api/v1/session", f"{AUTH}/sessions"


async def sign_in(client: httpx2.AsyncClient, who: Person) -> None:
    client.cookies.clear()
    body = {"username": who.email, "password": PASSWORD}
    assert (await client.post(SESSION, json=body, headers=OWN)).status_code == 204


async def test_one_sees_and_ends_his_own_sessions_alone(settings: Settings, database: Database, redis: Redis) -> None:
    async with process(settings) as here, process(settings) as there, process(settings) as eves:
        ada, eve = await person(here), await person(here)
        await sign_in(there, ada)
        await sign_in(here, ada)
        await sign_in(eves, eve)
        mine = (await here.get(SESSIONS)).json()["items"]
        assert [one["is_current"] for one in mine] == [True, False]
        (hers,) = (await eves.get(SESSIONS)).json()["items"]
        foreign = await here.delete(f"{SESSIONS}/{hers['id']}", headers=OWN)
        assert foreign.status_code == 404
        assert (await here.delete(f"{SESSIONS}/{mine[1]['id']}", headers=OWN)).status_code == 204
        assert [await status_of(one, {}) for one in (here, there, eves)] == [200, 401, 200]
        assert (await audit(database))[-1][:2] == ("sessions.end", f"session:{mine[1]['id']}")


async def test_all_others_end_and_this_one_goes_on(settings: Settings, database: Database, redis: Redis) -> None:
    async with process(settings) as here, process(settings) as there, process(settings) as eves:
        ada, eve = await person(here), await person(here)
        await sign_in(there, ada)
        await sign_in(here, ada)
        await sign_in(eves, eve)
        assert (await here.delete(SESSIONS, headers=OWN)).json() == {"ended": 1}
        assert [await status_of(one, {}) for one in (here, there, eves)] == [200, 401, 200]
        assert (await here.delete(SESSIONS, headers=ada.headers)).json() == {"ended": 0}, "its cookie is there as well"
        here.cookies.clear()
        await sign_in(there, ada)
        assert (await here.delete(SESSIONS, headers=ada.headers)).json() == {"ended": 2}, "a token is no session"


async def test_a_key_sees_no_session(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    key = (await key_of(anonymous, ada.headers))["key"]
    for answer in (
        await anonymous.get(SESSIONS, headers={"X-API-Key": key}),
        await anonymous.delete(SESSIONS, headers={"X-API-Key": key}),
    ):
        assert answer.status_code == 403


async def test_an_administrator_ends_what_a_user_has_open(settings: Settings, database: Database, redis: Redis) -> None:
    async with process(settings) as here, process(settings) as eves:
        ada, eve = await person(here), await person(here)
        key = (await key_of(here, ada.headers))["key"]
        await sign_in(here, ada)
        await sign_in(eves, eve)
        assert (await here.delete(f"{USERS}/{ada.id}/sessions", headers=SERVICE)).status_code == 204
        assert [await status_of(here, one) for one in ({}, ada.headers)] == [401, 401]
        assert await status_of(here, {"X-API-Key": key}) == 200
        assert [await status_of(eves, one) for one in ({}, eve.headers)] == [200, 200]
        assert (await audit(database))[-1][:2] == ("user.sign_out", f"user:{ada.id}")


@pytest.mark.parametrize(
    ("user_id", "status"),
    [("00000000-0000-7000-8000-000000000001", 409), ("00000000-0000-7000-8000-00000000ffff", 404)],
)
async def test_nobody_and_the_service_account_are_signed_out_by_nobody(
    anonymous: httpx2.AsyncClient, user_id: str, status: int
) -> None:
    answer = await anonymous.delete(f"{USERS}/{user_id}/sessions", headers=SERVICE)
    assert answer.status_code == status


async def test_one_is_told_his_name_and_his_address(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    me = (await anonymous.get(ME, headers=ada.headers)).json()
    assert (me["name"], me["email"]) == ("the member", ada.email)
    service = (await anonymous.get(ME, headers=SERVICE)).json()
    assert service["email"] is None
