"""The name of a session's cookie, and whether it is sent over TLS alone."""

import pytest
from pydantic import SecretStr

from app.auth.sessions.service import cookie_name
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import SECRET_KEY, TOKEN
from tests.rig.people import process

COOKIE = cookie_name(SECRET_KEY)
SECURE_COOKIE = f"__Host-{COOKIE}"
SESSION, JOBS = "/api/v1/session", "/api/v1/jobs"
OWN = {"Origin": "http://headrace.test"}


async def test_two_stacks_of_one_host_both_stay_signed_in(settings: Settings, database: Database) -> None:
    kept: dict[str, str] = {}  # browsers do not tell ports apart
    others = {"secret_key": SecretStr("another-stack-0123456789-abcdefghij")}
    async with process(settings) as here, process(settings, **others) as there:
        for client in (here, there):
            assert (await client.post(SESSION, json={"token": TOKEN}, headers=OWN)).status_code == 204
            kept |= dict(client.cookies)
        assert len(kept) == 2
        for client in (here, there):
            client.cookies.clear()
            answer = await client.get(JOBS, headers={"Cookie": "; ".join(f"{name}={kept[name]}" for name in kept)})
            assert answer.status_code == 200


@pytest.mark.parametrize(
    ("public_url", "host", "is_secure"),
    [
        ("https://public.test", "headrace.test", True),
        ("https://public.test/", "10.0.0.5:8000", True),
        ("https://public.test", "127.0.0.1:8000", False),
        ("https://public.test", "localhost:8000", False),
        ("http://public.test", "headrace.test", False),
        ("", "headrace.test", False),
    ],
)
async def test_a_cookie_is_secure_where_browsers_find_the_interface_over_tls(
    settings: Settings, database: Database, public_url: str, host: str, *, is_secure: bool
) -> None:
    async with process(settings, public_url=public_url) as client:
        headers = {"Host": host, "Sec-Fetch-Site": "same-origin"}
        answer = await client.post(SESSION, json={"token": TOKEN}, headers=headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_COOKIE if is_secure else COOKIE}=")
    assert ("Secure" in cookie.split("; ")) is is_secure
