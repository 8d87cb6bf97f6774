"""The wheel, built and installed elsewhere: it holds all that runs, and never reads the checkout."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from app import __version__
from app.core.settings import Settings
from app.local.postgres import Postgres
from app.local.valkey import Valkey
from tests.browser.conftest import DIST, need
from tests.rig.ports import free_port
from tests.rig.stack import READY_WITHIN_S, ROOT, Stack, eventually, running

DATABASE = "wheel_test"
DECOY = "raise AssertionError('the `app` of the working folder was imported')\n"


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel, and a folder to work in, which has an `app` of its own."""

    environment: Path
    folder: Path

    def run(self, *argv: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a program of the environment in the folder."""
        program, *arguments = argv
        return subprocess.run(
            [str(self.environment / "bin" / program), *arguments],
            cwd=self.folder,
            env={"PATH": os.defpath, **variables},
            capture_output=True,
            text=True,
            timeout=READY_WITHIN_S,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment that has the packages of this one, and none of its code."""
    need(DIST / "index.html")
    made, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("elsewhere")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=READY_WITHIN_S)
    (wheel,) = made.glob("headrace-*.whl")
    environment = made / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = environment.glob("lib/python3*/site-packages")
    (site / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(environment), str(wheel)],
        check=True,
        env={**os.environ, "UV_NO_CONFIG": "1"},  # noqa: TID251 - handed on
        timeout=READY_WITHIN_S,
    )
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").write_text(DECOY)
    return Installed(environment, folder)


def test_its_code_comes_from_the_wheel(installed: Installed) -> None:
    asked = installed.run("python", "-P", "-c", "import app, sys; print(app.__file__, *sys.path, sep='\\n')")
    file, *path = asked.stdout.splitlines()
    assert Path(file).is_relative_to(installed.environment), asked.stderr
    assert not [one for one in path if Path(one) == ROOT]
    assert not (installed.environment / "bin" / "headrace").read_text().count(str(ROOT))


def test_it_has_one_version_and_explains_itself(installed: Installed) -> None:
    told = "from importlib.metadata import version; print(version('headrace'))"
    assert installed.run("python", "-c", told).stdout.strip() == __version__
    assert installed.run("headrace", "--version").stdout == f"headrace {__version__}\n"
    assert installed.run("python", "-P", "-m", "app", "--version").stdout == f"headrace {__version__}\n"
    shown = installed.run("headrace", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Usage: headrace" in shown.stdout


@pytest.fixture
async def stack(
    settings: Settings, servers: tuple[Postgres, Valkey], installed: Installed, tmp_path: Path
) -> AsyncIterator[Stack]:
    """A stack without a process, on an empty database and a broker of its own."""
    await servers[0].create_database(DATABASE)
    changed = {
        "database_url": SecretStr(servers[0].url(DATABASE)),
        "redis_url": SecretStr(f"redis://:only-for-tests@127.0.0.1:{free_port()}/0"),
        "api_port": free_port(),
        "data_dir": installed.folder / "data",
    }
    async with running(settings.model_copy(update=changed), tmp_path) as stack:
        stack.root = installed.folder
        stack.broker()
        yield stack


async def test_all_roles_run_from_it_and_jobs_end(stack: Stack, installed: Installed) -> None:
    headrace = str(installed.environment / "bin" / "headrace")
    assert await stack.start("migrate", [headrace, "migrate"]).ended() == 0, stack.logs()
    roles = [stack.start(role, [headrace, role]) for role in ("api", "worker", "scheduler")]
    await _see_the_pages(stack.settings.api_url)
    # A prompt, the limiter's scripts and the presets; then the limited process that reads documents.
    for wanted in (("summarize", "--text", "Rain fell."), ("file", "--file", str(ROOT / "examples" / "report.pdf"))):
        done = installed.run("headrace", "submit", *wanted, "--wait", **stack.environment)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}{stack.logs()}"
    for process in roles:
        process.signal(signal.SIGTERM)
    assert {await process.ended() for process in roles} <= {0, -signal.SIGTERM}


async def _see_the_pages(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url) as client:

        async def is_ready() -> bool:
            with suppress(httpx2.TransportError):
                return (await client.get("/ready")).status_code == 200
            return False

        await eventually(is_ready, within_s=READY_WITHIN_S, what="the API is ready")
        page = await client.get("/", headers={"Accept": "text/html"})
        assert (page.status_code, page.text) == (200, (DIST / "index.html").read_text("utf-8"))
        assert (await client.get("/docs")).status_code == 200
