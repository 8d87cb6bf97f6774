"""Schemathesis with its checks against a real API: no 5xx, and no answer that the document does not describe.

In `make test` it is several callers in turns for a minute, by another seed each time, which it prints (SCHEMA_SEED=…
repeats it). `make test-schema` is each of them alone, with the checks of what a caller made and of who asks, too.
"""

import asyncio
import json
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.rig.people import SERVICE, bearer, key_of, person
from tests.rig.stack import running

pytestmark = [pytest.mark.first, pytest.mark.timeout(1800)]
SECONDS = int(os.environ.get("SCHEMA_S", "60"))  # noqa: TID251 - `make test-schema` says how long
SEED = os.environ.get("SCHEMA_SEED") or str(secrets.randbelow(2**32))  # noqa: TID251 - to repeat a run
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CALLERS = ("administrator", "member", "viewer", "key", "nobody")
IN_TURNS = ("administrator", "member", "administrator", "viewer", "administrator", "key", "nobody")
# Left out, since it asks for what the document cannot say: each job type has a schema of its own for its input, cursors
# and ids are those that were given, and fields of a body belong together.
LEFT_OUT = "positive_data_acceptance"
# A stranger hears 401 of every method that is not named open, whether there is one or not.
OF_STRANGERS = f"{LEFT_OUT},unsupported_method"
# What one caller makes another does not find, and who sends no credential is one of them.
OF_SEVERAL = f"{OF_STRANGERS},ensure_resource_availability,use_after_free,ignored_auth,object_level_authorization"
# A body that is too large is refused as well, which it does not know.
CONFIG = "[checks.negative_data_rejection]\nexpected-statuses = ['4XX', '5XX']\n"


@pytest.fixture(scope="module")
async def api(
    settings: Settings, open_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    """An API process without a credential, which believes what its requests say of their addresses."""
    await empty(open_database)
    folder = tmp_path_factory.mktemp("schemathesis")
    unlimited = dict.fromkeys(("REQUESTS_PER_HOUR", "REQUESTS_BURST", "REQUESTS_PER_MINUTE_OF_ADDRESS"), "0")
    async with running(settings, folder, TRUSTED_PROXIES="127.0.0.1", REGISTRATION="open", **unlimited) as stack:
        client = await stack.api()
        del client.headers["X-Service-Token"]
        yield client


async def headers_of(api: httpx2.AsyncClient, who: str) -> dict[str, str]:
    match who:
        case "administrator":
            return SERVICE
        case "key":
            return bearer((await key_of(api, (await person(api)).headers, scopes=["jobs:read"]))["key"])
        case "nobody":
            return {}
    return (await person(api, who)).headers


async def tries(
    api: httpx2.AsyncClient, folder: Path, callers: Sequence[Mapping[str, str]], seconds: float, *options: str
) -> int:
    """Let it try the API as these callers in turns, and return how many requests it made that were all right."""
    (folder / "schemathesis.toml").write_text(CONFIG)
    print(f"SCHEMA_SEED={SEED}")  # noqa: T201 - to repeat a run
    argv = ["run", f"{str(api.base_url).rstrip('/')}/openapi.json", "--no-color", "--request-timeout", "60"]
    argv += ["--checks", "all", "--continue-on-failure", "--max-time", str(round(seconds)), "--seed", SEED]
    argv += ["--max-response-time", "600"]  # by default it measures the machine
    argv += ["--generation-with-security-parameters", "false"]  # they would go before those of the callers
    # Of the members of one family, the route would end what the next requests ask with.
    argv += ["--exclude-operation-id", "logOutEverywhere", *options]
    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        *argv,
        cwd=folder,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SCHEMATHESIS_HOOKS": "tests.e2e.schemathesis_hooks",
            "SCHEMA_CALLERS": json.dumps(callers),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    print(said)  # noqa: T201 - what was tried
    assert process.returncode == 0, said
    made = re.search(r"(\d+) generated, (\d+) passed", said)
    return int(made[2]) if made else 0


async def test_it_finds_nothing_as_several_callers_in_turns(api: httpx2.AsyncClient, tmp_path: Path) -> None:
    callers = [await headers_of(api, who) for who in IN_TURNS]
    assert await tries(api, tmp_path, callers, SECONDS, "--exclude-checks", OF_SEVERAL) > len(CALLERS)


@pytest.mark.slow
@pytest.mark.parametrize("who", CALLERS)
async def test_it_finds_nothing_as_one(api: httpx2.AsyncClient, tmp_path: Path, who: str) -> None:
    callers = [await headers_of(api, who)]
    left_out = OF_STRANGERS if who == "nobody" else LEFT_OUT
    assert await tries(api, tmp_path, callers, SECONDS / len(CALLERS), "--exclude-checks", left_out) > 0
