"""A copy of the database opens nothing, and neither do the logs: no password, key, token, code or cookie is in them."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.sessions.service import make_code
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import PASSWORD, TOKEN
from tests.integration.guessing import OWN
from tests.rig.people import AUTH, KEYS, SERVICE, USERS, bearer, key_of, log_in, person, status_of
from tests.rig.stack import Stack, eventually, frontend, running

JOBS, SESSION = "/api/v1/jobs", "/api/v1/session"
PASSWORDS = ("canary of the first password", "canary of the second password", "canary of a wrong password")
PROVIDER_KEY, WRONG_TOKEN = "sk-canary-of-the-provider-0123456789", "canary-of-a-wrong-token-0123456789"
TABLES = text("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information)'")


async def sign_in_by_everything(client: httpx2.AsyncClient, redis: Redis) -> list[str]:
    """Make and use a credential of each kind, rightly and wrongly, and return all of them."""
    secrets = [TOKEN, WRONG_TOKEN, *PASSWORDS]
    made = await client.post(
        USERS, json={"email": "ada@example.org", "name": "Ada", "password": PASSWORDS[0]}, headers=SERVICE
    )
    for one in PASSWORDS[:2]:
        await client.patch(f"{USERS}/{made.json()['id']}", json={"password": one}, headers=SERVICE)
    await log_in(client, "ada@example.org", PASSWORDS[2])
    pair = (await log_in(client, "ada@example.org", PASSWORDS[1])).json()
    renewed = (await client.post(f"{AUTH}/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    for one in (pair, renewed):
        secrets += [one["access_token"], one["access_token"].rpartition(".")[2], one["refresh_token"]]
    own = {"Origin": str(client.base_url).rstrip("/")}
    code = await make_code(redis)
    for opening in ({"username": "ada@example.org", "password": PASSWORDS[1]}, {"token": TOKEN}, {"code": code}):
        opened = await client.post(SESSION, json=opening, headers=own)
        assert opened.status_code == 204, opened.text
        secrets.append(opened.cookies.popitem()[1] if opened.cookies else "")
        assert (await client.get(JOBS)).status_code == 200, "by the cookie"
    again = await client.post(SESSION, json={"code": code}, headers=own)
    assert again.status_code == 401
    await client.delete(SESSION, headers=own)
    secrets.append(code)
    by_token = bearer(renewed["access_token"])
    key = await key_of(client, by_token)
    turned = (await client.post(f"{KEYS}/{key['id']}/rotate", headers=by_token)).json()
    for one in (key["key"], turned["key"]):
        secrets += [one, one[17:]]
        assert await status_of(client, bearer(one)) == 200
        await client.get(JOBS, headers=bearer(one[:-1] + "?"))
    await client.get(f"{JOBS}?api_key={turned['key']}", headers=SERVICE)
    await client.get(JOBS, headers={"X-Service-Token": WRONG_TOKEN})
    await client.delete(f"{KEYS}/{key['id']}", headers=by_token)
    link = (await client.post(f"{USERS}/{made.json()['id']}/reset", headers=SERVICE)).json()["link"].partition("#")[2]
    secrets += [link, link.removeprefix("hr_link_")]
    wrong = {"token": f"{link}?", "password": PASSWORDS[2]}
    assert (await client.post(f"{AUTH}/reset", json=wrong)).status_code == 401
    return secrets


async def fail_at_the_provider(api: httpx2.AsyncClient) -> None:
    """Let a job fail because its provider refuses the key, and says which one that was."""
    shown = "".join(f"%{byte:02X}" for byte in PROVIDER_KEY.encode())  # so that the input itself does not hold it
    before, after = '{"error": {"code": "invalid_api_key", "message": "Incorrect API key provided: ', '."}}'
    plan = f"[[plan:body:401:{quote(before, safe='')}{shown}{quote(after, safe='')}]]"
    made = await api.post(JOBS, json={"type": "summarize", "input": {"text": plan}}, headers=SERVICE)
    path = f"{JOBS}/{made.json()['id']}"

    async def has_failed() -> bool:
        return str((await api.get(path, headers=SERVICE)).json()["status"]) == "failed"

    await eventually(has_failed, what="the job fails")


async def dump_of(database: Database) -> str:
    """Return every row of every table."""
    kept = ""
    for (table,) in await database.rows(TABLES):
        kept += "".join(row[0] for row in await database.rows(text(f"SELECT one::text FROM {table} AS one")))
    return kept


def forms_of(secret: str) -> set[str]:
    """Return how a secret may stand somewhere: as it is, as PostgreSQL shows bytes, by the characters of a URL."""
    return {secret, secret.encode().hex(), b64encode(secret.encode()).decode().rstrip("="), quote(secret, safe="")}


async def start(stack: Stack) -> httpx2.AsyncClient:
    await stack.scripted_model()
    stack.environment |= {"OPENAI_API_KEY": PROVIDER_KEY, "TRUSTED_PROXIES": "127.0.0.1"}
    api = await stack.api()
    del api.headers["X-Service-Token"]
    await stack.worker()
    stack.scheduler()
    return api


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_nothing_that_opens_the_platform_is_kept_or_logged(
    database: Database, settings: Settings, redis: Redis, tmp_path: Path, log_format: str
) -> None:
    async with running(settings, tmp_path, LOG_LEVEL="DEBUG", LOG_FORMAT=log_format) as stack:
        api = await start(stack)
        async with frontend(stack, api.base_url.port or 0) as browser:
            secrets = await sign_in_by_everything(browser, redis)
            await fail_at_the_provider(api)
            metrics = (await api.get("/metrics", headers=SERVICE)).text
        for process in stack.processes:
            process.signal(15)
            await process.ended()
        logs = {one.name: one.log.read_text("utf-8", "replace") for one in stack.processes if one.name != "model"}
    secrets += [settings.secret_key.get_secret_value(), PASSWORD, PROVIDER_KEY]
    assert all(len(secret) >= 16 for secret in secrets)
    assert {name for name, log in logs.items() if log} == {"api", "frontend", "worker", "scheduler"}
    kept = await dump_of(database)
    assert "ada@example.org" in kept, "the dump has the rows"
    assert "$argon2id$" in kept
    for place, said in {**logs, "the database": kept, "the metrics": metrics}.items():
        assert not [one for one in secrets if any(form in said for form in forms_of(one))], place


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
