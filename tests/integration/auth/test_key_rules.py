"""What a key begins with, who takes its revocation back, and which team it is for."""

import asyncio

import httpx2
import pytest
from sqlalchemy import text

from app.core.database import Database
from tests.rig.people import KEYS, ME, SERVICE, Person, bearer, key_of, person, status_of

TEAMS = "/api/v1/admin/teams"


async def test_only_an_administrator_takes_back_what_one_revoked(anonymous: httpx2.AsyncClient) -> None:
    ada, root = await person(anonymous), await person(anonymous, "admin")
    key = await key_of(anonymous, ada.headers)
    path = f"{KEYS}/{key['id']}"
    assert (await anonymous.delete(path, headers=root.headers)).status_code == 204
    refused = await anonymous.post(f"{path}/restore", headers=ada.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert "administrator" in refused.json()["detail"]
    assert await status_of(anonymous, bearer(key["key"])) == 401
    restored = await anonymous.post(f"{path}/restore", headers=root.headers)
    assert (restored.status_code, restored.json()["revoked_by"]) == (200, None)
    assert await status_of(anonymous, bearer(key["key"])) == 200


async def test_a_revocation_of_one_s_own_becomes_an_administrator_s(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    key = await key_of(anonymous, ada.headers)
    path = f"{KEYS}/{key['id']}"
    for headers, by in ((ada.headers, ada.id), (SERVICE, "00000000-0000-7000-8000-000000000001"), (ada.headers, None)):
        assert (await anonymous.delete(path, headers=headers)).status_code == 204
        shown = (await anonymous.get(path, headers=ada.headers)).json()
        assert shown["revoked_by"] == by or by is None
    assert shown["revoked_by"] != ada.id, "asking once more does not make it one's own again"
    assert (await anonymous.post(f"{path}/restore", headers=ada.headers)).status_code == 403
    assert (await anonymous.post(f"{path}/restore", headers=SERVICE)).status_code == 200


async def test_who_is_an_administrator_no_more_undoes_nothing_of_one(
    anonymous: httpx2.AsyncClient, database: Database
) -> None:
    root, other = await person(anonymous, "admin"), await person(anonymous, "admin")
    key = await key_of(anonymous, root.headers)
    path = f"{KEYS}/{key['id']}"
    await anonymous.delete(path, headers=other.headers)
    await database.rows(text("UPDATE users SET role = 'member' WHERE email = :email"), {"email": root.email})
    await anonymous.post("/api/v1/auth/logout", json={"refresh_token": root.refresh})
    again = await anonymous.post(
        "/api/v1/auth/login", data={"username": root.email, "password": "the mill stood still"}
    )
    headers = bearer(again.json()["access_token"])
    assert (await anonymous.post(f"{path}/restore", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("role", "scopes"), [("viewer", ["jobs:read"]), ("member", ["files", "jobs:read", "jobs:write"])]
)
async def test_without_scopes_a_key_has_what_its_maker_has_of_the_usual_ones(
    anonymous: httpx2.AsyncClient, role: str, scopes: list[str]
) -> None:
    one = await person(anonymous, role)
    assert (await key_of(anonymous, one.headers))["scopes"] == scopes


async def test_a_key_that_has_none_of_the_usual_scopes_names_some(anonymous: httpx2.AsyncClient) -> None:
    key = bearer((await key_of(anonymous, SERVICE, scopes=["admin"]))["key"])
    refused = await anonymous.post(KEYS, json={"description": "x"}, headers=key)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/scopes")
    assert refused.json()["errors"][0]["detail"].endswith(": admin")


@pytest.mark.parametrize(("wanted", "days"), [({}, 7), ({"expires_in_days": 30}, 30), ({"expires_in_days": None}, 7)])
async def test_a_rotated_key_lasts_as_long_as_the_one_before(
    anonymous: httpx2.AsyncClient, database: Database, wanted: dict[str, int], days: int
) -> None:
    ada = await person(anonymous)
    old = await key_of(anonymous, ada.headers, expires_in_days=7)
    new = await anonymous.post(f"{KEYS}/{old['id']}/rotate", json=wanted, headers=ada.headers)
    row = await database.row(
        text("SELECT expires_at - created_at FROM api_keys WHERE id = :id"), {"id": new.json()["id"]}
    )
    assert row is not None
    assert row[0].days == days


async def team(client: httpx2.AsyncClient, name: str, *members: Person) -> str:
    made = (await client.post(TEAMS, json={"name": name}, headers=SERVICE)).json()
    for one in members:
        await client.put(f"{TEAMS}/{made['id']}/members/{one.id}", headers=SERVICE)
    return str(made["id"])


async def test_a_key_names_its_own_team_alone(anonymous: httpx2.AsyncClient) -> None:
    ada, root = await person(anonymous), await person(anonymous, "admin")
    mills, rivers = await team(anonymous, "Mills", ada), await team(anonymous, "Rivers", ada)
    for one, headers in ((ada.id, ada.headers), (mills, {**ada.headers, "X-Team": mills})):
        key = bearer((await key_of(anonymous, headers))["key"])
        me = (await anonymous.get(ME, headers=key)).json()
        assert (me["team_id"], [shown["id"] for shown in me["teams"]]) == (one, [one])
    mine = (await anonymous.get(ME, headers=ada.headers)).json()["teams"]
    assert {shown["id"] for shown in mine} == {ada.id, mills, rivers}
    foreign = bearer((await key_of(anonymous, {**root.headers, "X-Team": rivers}))["key"])
    me = (await anonymous.get(ME, headers=foreign)).json()
    assert [shown["name"] for shown in me["teams"]] == ["Rivers"], "one that its user is no member of, too"


async def test_a_user_has_no_more_keys_than_he_may_have(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    first = await key_of(anonymous, ada.headers)
    copies = """
        INSERT INTO api_keys (id, prefix, secret_sha256, user_id, team_id, description, scopes, expires_at)
        SELECT left(md5(n::text), 8), prefix, sha256(n::text::bytea), user_id, team_id, description, scopes, expires_at
        FROM api_keys, generate_series(1, 96) AS n
    """
    await database.rows(text(copies))

    async def post(path: str) -> int:
        body = {"description": "one more"} if path == KEYS else {}
        return (await anonymous.post(path, json=body, headers=ada.headers)).status_code

    assert sorted(await asyncio.gather(*(post(KEYS) for _ in range(8)))) == [201] * 3 + [409] * 5
    assert (await anonymous.delete(f"{KEYS}/{first['id']}", headers=ada.headers)).status_code == 204
    assert await post(KEYS) == 201
    assert await post(f"{KEYS}/{first['id']}/restore") == 409, "its place is taken"
    assert await post(f"{KEYS}/{'c4ca4238'}/rotate") == 201, "what is replaced goes on for a while beside the other"
    await database.rows(
        text(copies.replace("FROM api_keys", "FROM (TABLE api_keys LIMIT 1)").replace("1, 96", "97, 200"))
    )
    other = "eccbc87e"
    assert await post(f"{KEYS}/{other}/rotate") == 409
