"""A copy of the database opens nothing: no password, key, token or cookie stands in it, nor in what was logged."""

import httpx2
import pytest
from sqlalchemy import text

from app.core.database import Base, Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.integration.guessing import OWN
from tests.rig.people import AUTH, KEYS, SERVICE, USERS, bearer, key_of, log_in, person, status_of

SESSION = "/api/v1/session"
PASSWORDS = ("canary of the first password", "canary of the second password", "canary of a wrong password")


async def test_nothing_that_opens_the_api_is_kept_or_logged(
    anonymous: httpx2.AsyncClient, database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = [TOKEN, settings.secret_key.get_secret_value(), *PASSWORDS]
    body = {"email": "ada@example.org", "name": "Ada", "password": PASSWORDS[0]}
    made = (await anonymous.post(USERS, json=body, headers=SERVICE)).json()
    for change in (PASSWORDS[0], PASSWORDS[1]):
        await anonymous.patch(f"{USERS}/{made['id']}", json={"password": change}, headers=SERVICE)
    await log_in(anonymous, "ada@example.org", PASSWORDS[2])
    pair = (await log_in(anonymous, "ada@example.org", PASSWORDS[1])).json()
    renewed = (await anonymous.post(f"{AUTH}/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    for one in (pair, renewed):
        secrets += [one["access_token"], one["access_token"].rpartition(".")[2], one["refresh_token"]]
    opened = await anonymous.post(SESSION, json={"username": "ada@example.org", "password": PASSWORDS[1]}, headers=OWN)
    secrets.append(opened.headers["set-cookie"].partition("=")[2].partition(";")[0])
    key = await key_of(anonymous, bearer(renewed["access_token"]))
    turned = (await anonymous.post(f"{KEYS}/{key['id']}/rotate", headers=bearer(renewed["access_token"]))).json()
    for one in (key["key"], turned["key"]):
        secrets += [one, one[17:]]
        assert await status_of(anonymous, bearer(one)) == 200
        await anonymous.get("/api/v1/jobs", headers=bearer(one[:-1] + "?"))
    await anonymous.delete(f"{KEYS}/{key['id']}", headers=bearer(renewed["access_token"]))
    link = (await anonymous.post(f"{USERS}/{made['id']}/reset", headers=SERVICE)).json()["link"].partition("#")[2]
    secrets += [link, link.removeprefix("hr_link_")]
    wrong = {"token": f"{link}?", "password": PASSWORDS[2]}
    assert (await anonymous.post(f"{AUTH}/reset", json=wrong)).status_code == 401

    kept = ""
    for table in Base.metadata.sorted_tables:
        rows = await database.rows(text(f"SELECT one::text FROM {table.name} AS one"))
        kept += "".join(row[0] for row in rows)
    assert key["id"] in kept, "the dump has the rows"
    assert "$argon2id$" in kept
    found = [secret for secret in secrets if secret in kept or secret in caplog.text]
    assert found == []


async def test_a_password_is_no_part_of_an_error(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    for method, path, body in (
        ("POST", USERS, {"email": "x", "name": "x", "password": PASSWORDS[0]}),
        ("POST", USERS, {"email": "x@y.z", "name": "x", "password": 7, "extra": PASSWORDS[0]}),
        ("PATCH", f"{USERS}/{ada.id}", {"password": PASSWORDS[0] * 99}),
        ("POST", f"{AUTH}/password", {"current": PASSWORDS[0], "new": PASSWORDS[1] * 99}),
        ("POST", SESSION, {"username": [PASSWORDS[0]], "password": PASSWORDS[1]}),
    ):
        answer = await anonymous.request(method, path, json=body, headers={**SERVICE, **OWN})
        assert 400 <= answer.status_code < 500
        assert not [one for one in PASSWORDS if one in answer.text]
