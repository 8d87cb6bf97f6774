"""The Makefile, with Docker and Python played by scripts that write down what they are asked."""

import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = [
    *("up", "down", "restart", "rebuild", "logs", "logs-api", "logs-worker", "logs-frontend", "status", "health"),
    *("stats", "scale-workers", "load-test", "load-test-down", "clean", "clean-all"),
    *("run", "dev", "test", "lint", "fmt", "migrate", "db-shell", "bench", "bench-extraction"),
]
TOOLS = ("awk", "chmod", "find", "grep", "mv", "od", "rm", "sed", "tail", "touch", "tr")
SECRETS = ["POSTGRES_PASSWORD", "VALKEY_PASSWORD", "SERVICE_TOKEN", "SECRET_KEY", "FLOWER_BASIC_AUTH"]


@dataclass
class Place:
    """A folder of its own with the project's Makefile."""

    folder: Path

    def play(self, name: str, script: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\necho "{path.name} $*" >> {self.folder}/asked\n{script}\n')
        path.chmod(0o755)

    def play_compose(self, *, runs: bool) -> None:
        self.play("bin/docker", f'case "$*" in *"ps --quiet"*) {"echo 0123abcd" if runs else "true"};; esac')

    def make(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        make = shutil.which("make")
        assert make is not None
        return subprocess.run(
            [make, *arguments],
            cwd=self.folder,
            env={"PATH": str(self.folder / "bin")},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def asked(self) -> list[str]:
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Neither Docker nor a .venv is here."""
    place = Place(tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    for name in ("app", "tests"):
        (tmp_path / name).mkdir()
    place.play("bin/docker", "exit 1")
    return place


def test_help_names_every_target_with_a_line(place: Place) -> None:
    shown = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", place.make().stdout, re.MULTILINE))
    assert [target for target in TARGETS if target not in shown] == []


def test_env_gets_random_secrets_that_only_its_owner_reads(place: Place) -> None:
    place.play_compose(runs=False)
    assert place.make("env").returncode == 0
    path = place.folder / ".env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = dict(line.split("=") for line in path.read_text().splitlines())
    assert list(lines) == SECRETS
    secrets = {value.removeprefix("headrace:") for value in lines.values()}
    assert len(secrets) == len(SECRETS)
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in secrets)
    before = path.read_bytes()
    place.make("env")
    assert path.read_bytes() == before


def test_env_keeps_what_is_there_and_adds_what_is_not(place: Place) -> None:
    place.play_compose(runs=False)
    path = place.folder / ".env"
    path.write_text("VALKEY_PASSWORD=mine\nSECRET_KEY=\nOPENAI_API_KEY=sk-1")
    path.chmod(0o644)
    place.make("env")
    lines = path.read_text().splitlines()
    assert lines[:3] == ["VALKEY_PASSWORD=mine", "SECRET_KEY=", "OPENAI_API_KEY=sk-1"]
    assert [line.partition("=")[0] for line in lines[3:]] == [name for name in SECRETS if name != "VALKEY_PASSWORD"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_up_starts_everything_and_ends_with_a_link(place: Place) -> None:
    place.play_compose(runs=True)
    result = place.make("up")
    assert result.returncode == 0, result.stderr
    asked = [line for line in place.asked() if "version" not in line]
    assert asked[0].startswith("docker compose up --detach --wait")
    assert asked[-1] == "docker compose exec -T api python -m app signin"
    assert result.stdout.splitlines()[-1].startswith("sign in, once, within ten minutes: ")


def test_without_docker_up_is_one_line_and_leaves_nothing(place: Place) -> None:
    result = place.make("up")
    assert result.returncode == 2
    assert re.fullmatch(r".*\*\*\* Docker Compose is not installed .*\n", result.stderr)
    assert not (place.folder / ".env").exists()


def test_the_older_command_serves_too(place: Place) -> None:
    place.play("bin/docker-compose", "")
    assert place.make("down").returncode == 0
    assert place.asked()[-1] == "docker-compose --profile load-test down --remove-orphans"


@pytest.mark.parametrize(
    ("target", "in_compose", "local"),
    [
        (
            ("scale-workers", "N=3"),
            "docker compose up --detach --wait --no-deps --no-recreate --scale worker=3 worker",
            "python -m app scale worker 3",
        ),
        (("status",), "docker compose ps --all", "python -m app ps"),
        (("health",), "docker compose exec -T api python -m app health", "python -m app health"),
        (("doctor",), "docker compose exec -T api python -m app doctor", "python -m app doctor"),
        (("db-shell",), "docker compose exec postgres psql --username=headrace headrace", "python -m app db-shell"),
        (("stats",), "docker compose exec -T api python -m app stats", "python -m app stats"),
        (("logs-worker",), "docker compose logs --follow --tail=100 worker", None),
        (("logs",), "docker compose logs --follow --tail=100", None),
    ],
)
def test_a_target_serves_whichever_runs(
    place: Place, target: tuple[str, ...], in_compose: str, local: str | None
) -> None:
    nothing = place.make(*target)
    assert nothing.returncode == 2
    assert re.search(r"\*\*\* (Nothing runs|No containers run)", nothing.stderr)
    place.play(".venv/bin/python", "")
    if local is not None:
        assert place.make(*target).returncode == 0
        assert place.asked()[-1] == local
    place.play_compose(runs=True)
    assert place.make(*target).returncode == 0
    assert place.asked()[-1].rstrip() == in_compose


def test_a_backup_of_containers_is_one_private_file_or_none(place: Place) -> None:
    place.play_compose(runs=True)
    place.play("bin/docker", 'case "$*" in *"ps --quiet"*) echo 0123abcd;; *"backup -") echo whole;; esac')
    assert place.make("backup", "FILE=a.backup").returncode == 0
    assert place.asked()[-1] == "docker compose run --rm -T --no-deps worker python -m app backup -"
    path = place.folder / "a.backup"
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("whole\n", 0o600)
    place.play("bin/docker", 'case "$*" in *"ps --quiet"*) echo 0123abcd;; *"backup -") echo half; exit 1;; esac')
    assert place.make("backup", "FILE=b.backup").returncode == 2
    assert not list(place.folder.glob("b.backup*"))


def test_a_restore_into_containers_stops_what_works_and_starts_it_again(place: Place) -> None:
    missing = place.make("restore", "FILE=missing")
    assert "Say which file: make restore FILE=headrace.backup" in missing.stderr
    (place.folder / "a.backup").write_text("whole")
    place.play_compose(runs=True)
    assert place.make("restore", "FILE=a.backup", "REPLACE=1").returncode == 0
    asked = [line for line in place.asked() if "version" not in line and "ps --quiet" not in line]
    assert asked[:3] == [
        "docker compose stop api worker scheduler",
        "docker compose run --rm -T --no-deps worker python -m app restore - --replace",
        "docker compose up --detach --wait --wait-timeout 600",
    ]
    place.play("bin/docker", 'case "$*" in *"ps --quiet"*) echo 0123abcd;; *" restore -"*) exit 1;; esac')
    assert place.make("restore", "FILE=a.backup").returncode == 2
    assert place.asked()[-1].endswith("app signin"), "what worked before works again"


def test_scale_workers_wants_a_number(place: Place) -> None:
    place.play_compose(runs=True)
    assert "make scale-workers N=3" in place.make("scale-workers").stderr


def test_clean_all_asks_first(place: Place) -> None:
    place.play_compose(runs=True)
    place.play(".venv/bin/python", "")
    for answer in ("\n", "n\n", ""):
        assert place.make("clean-all", stdin=answer).returncode == 2
    assert not [line for line in place.asked() if "down" in line or "reset" in line]
    assert (place.folder / ".venv").exists()
    assert place.make("clean-all", "YES=1").returncode == 0
    assert "python -m app reset --yes" in place.asked()
    assert "docker compose --profile load-test down --volumes --remove-orphans" in place.asked()
    assert not (place.folder / ".venv").exists()


def test_headrace_is_a_command_with_this_checkout_s_code_in_any_folder(place: Place, tmp_path: Path) -> None:
    for tool in ("dirname", "realpath", "printf"):
        (place.folder / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    place.play(".venv/bin/python", 'echo "$PYTHONPATH" >> asked-from')
    assert place.make(".venv/bin/headrace").returncode == 0
    elsewhere, link = tmp_path / "else where", tmp_path / "links" / "headrace"
    for folder in (elsewhere, link.parent):
        folder.mkdir()
    link.symlink_to(place.folder / ".venv" / "bin" / "headrace")
    for program, before in ((place.folder / ".venv" / "bin" / "headrace", ""), (link, "plug-ins")):
        variables = {"PATH": str(place.folder / "bin"), "PYTHONPATH": before}
        subprocess.run([program, "jobs", "two words"], cwd=elsewhere, env=variables, check=True)
    assert place.asked() == ["python -P -m app jobs two words"] * 2
    assert (elsewhere / "asked-from").read_text().splitlines() == [str(tmp_path), f"{tmp_path}:plug-ins"]


@pytest.fixture
def checked(place: Place) -> Place:
    """A place in which all that `make test` calls is played, and content."""
    for name in ("requirements-dev.txt", "requirements.txt", "requirements-local.txt", "requirements-model.txt"):
        (place.folder / name).touch()
    (place.folder / "frontend" / "node_modules").mkdir(parents=True)
    (place.folder / "frontend" / "package-lock.json").touch()
    for name in ("python", "ruff", "mypy", "lint-imports", "bandit", "headrace"):
        place.play(f".venv/bin/{name}", "")
    (place.folder / "requirements-semgrep.txt").touch()
    place.play(".cache/semgrep/bin/semgrep", "")
    for name in ("node", "npm", "uv"):
        place.play(f"bin/{name}", "")
    return place


def test_test_runs_the_linters_beside_the_tests(checked: Place) -> None:
    checked.play(".venv/bin/python", 'case "$*" in "-m pytest "*) : > began;; esac')
    checked.play(".venv/bin/mypy", "until [ -e began ]; do :; done")
    result = checked.make("test")
    assert result.returncode == 0, result.stderr
    asked = checked.asked()
    for line in (
        "ruff check .",
        "ruff format --check .",
        "mypy app tests load_test",
        "lint-imports ",
        "bandit --quiet --recursive --configfile pyproject.toml app",
        "semgrep scan --quiet --error --config .semgrep --metrics=off --disable-version-check app",
        "npm run --silent lint",
        "npm run --silent types:check",
        "npm test --silent",
        "npm run --silent build",
    ):
        assert asked.count(line) == 1, (line, asked)
    [tests] = [line for line in asked if line.startswith("python -m pytest ")]
    assert "--durations=10" in tests
    assert "--cov" not in tests, "tracing takes as long again"


def test_coverage_runs_the_same_tests_traced_and_keeps_the_bound(checked: Place) -> None:
    result = checked.make("test")
    assert result.returncode == 0, result.stderr
    [plain] = [line for line in checked.asked() if line.startswith("python -m pytest ")]
    result = checked.make("coverage")
    assert result.returncode == 0, result.stderr
    traced = [line for line in checked.asked() if line.startswith("python -m pytest ")][-1]
    assert traced == f"{plain} --cov --cov-report=term:skip-covered --cov-fail-under=90"


@pytest.mark.parametrize(
    "failing",
    [
        *(".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/lint-imports", ".venv/bin/bandit"),
        *(".cache/semgrep/bin/semgrep", "bin/npm", "tests"),
    ],
)
def test_test_fails_with_any_part_of_it(checked: Place, failing: str) -> None:
    if failing == "tests":
        checked.play(".venv/bin/python", 'case "$*" in "-m pytest "*) exit 1;; esac')
    else:
        checked.play(failing, "exit 1")
    assert checked.make("test").returncode == 2
