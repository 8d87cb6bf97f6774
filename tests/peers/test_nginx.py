"""What the documents write for nginx, word for word, in Debian's nginx: under a path of its own, and without one."""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import ROOT, TOKEN
from tests.peers.servers import nginx
from tests.rig.ports import free_port
from tests.rig.stack import running
from tests.rig.tls import CA

pytestmark = [pytest.mark.peers, pytest.mark.timeout(600)]
UPSTREAM = "http://127.0.0.1:8000;"
JOB = {"type": "echo", "input": {"message": "hello"}}


def written() -> dict[str, str]:
    """Return the locations of nginx that the documents write, by their path."""
    text = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    blocks = "\n".join(re.findall(r"```nginx\n(.*?)```", text, re.DOTALL))
    return {
        one[1]: one[0] for one in re.findall(r"(^    location (\S+) \{\n.*?^    \}$)", blocks, re.DOTALL | re.MULTILINE)
    }


@asynccontextmanager
async def browser(
    settings: Settings, folder: Path, locations: str, **environment: str
) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a browser before nginx before an API."""
    site = f"https://localhost:{(front := free_port())}"
    async with running(settings, folder) as stack:
        api = await stack.api(PUBLIC_URL=site, TRUSTED_PROXIES="127.0.0.1", **environment)
        port = api.base_url.port or 0
        assert UPSTREAM in locations or UPSTREAM.replace(";", "/;") in locations
        own = locations.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        context = ssl.create_default_context(cafile=str(CA))
        with nginx(folder / "nginx", port, port=front, locations=own):
            headers = {"Origin": site, "User-Agent": "Mozilla/5.0"}
            async with httpx2.AsyncClient(base_url=site, headers=headers, verify=context, timeout=60) as client:
                yield client


def test_the_documents_write_two() -> None:
    assert set(written()) == {"/", "/headrace/"}


@pytest.mark.parametrize(
    ("path", "takes_off"),
    [
        pytest.param("", False, id="no path"),
        pytest.param("/headrace", False, id="the path stays on"),
        pytest.param("/headrace", True, id="nginx takes it off"),
    ],
)
async def test_a_browser_works_behind_it(
    settings: Settings, database: Database, tmp_path: Path, path: str, *, takes_off: bool
) -> None:
    locations = written()[f"{path}/"]
    if takes_off:
        locations = locations.replace(UPSTREAM, UPSTREAM.replace(";", "/;"))
    async with browser(settings, tmp_path, locations, **({"ROOT_PATH": path} if path else {})) as client:
        signed_in = await client.post(f"{path}/api/v1/session", json={"token": TOKEN})
        assert signed_in.status_code == 204, signed_in.text
        cookie = signed_in.headers["set-cookie"]
        assert cookie.startswith("__Secure-headrace_session_" if path else "__Host-headrace_session_")
        assert {"secure", f"path={path or '/'}"} <= {part.strip().lower() for part in cookie.split(";")}
        assert (await client.get(f"{path}/api/v1/session")).status_code == 200
        submitted = await client.post(f"{path}/api/v1/jobs", json=JOB)
        assert submitted.headers["location"].startswith(f"{path}/api/v1/jobs/")
        assert (await client.get(submitted.headers["location"])).json()["id"] == submitted.json()["id"]
        await client.post(f"{path}/api/v1/jobs", json=JOB)
        listed = await client.get(f"{path}/api/v1/jobs", params={"limit": 1})
        assert listed.headers["link"].startswith(f"<{path}/api/v1/jobs?")
        large = {"file": ("letter.txt", b"A letter of the mill. " * 200_000, "text/plain")}
        assert (await client.post(f"{path}/api/v1/files", files=large)).status_code == 201
        assert (await client.get(f"{path}/docs")).status_code == 200
        document = (await client.get(f"{path}/openapi.json")).json()
        assert document["servers"][0]["url"] == (path or "/")
        assert (await client.delete(f"{path}/api/v1/session")).status_code == 204
        assert (await client.get(f"{path}/api/v1/jobs")).status_code == 401
        if path:
            assert (await client.get("/api/v1/jobs")).status_code == 404, (
                "nginx's own: the rest of the site is another's"
            )
            assert (await client.get(path)).headers["location"] == f"{str(client.base_url).rstrip('/')}{path}/"
