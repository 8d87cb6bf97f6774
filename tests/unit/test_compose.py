"""What must hold for every container, read from the files that make them."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from app.core.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
ONE_SHOT = {"migrate"}
SERVERS = {"postgres", "valkey"}
PUBLISHED = {"api": "8000", "frontend": "5173", "flower": "5555", "locust": "8089"}
ROLES = {"migrate", "model", "api", "worker", "scheduler", "flower", "frontend"}
SECRETS = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "SERVICE_TOKEN", "SECRET_KEY", "FLOWER_BASIC_AUTH"}
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(:-|:\?)?((?:[^${}]|\$\{[^}]*\})*)\}")


def filled(text: str) -> str:
    """Return a text as Compose reads it with an empty .env; a variable that it demands is its name in <>."""

    def value(found: "re.Match[str]") -> str:
        name, how, rest = found.groups()
        return f"<{name}>" if how == ":?" else filled(rest) if how == ":-" else ""

    return _VARIABLE.sub(value, text)


SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(filled(TEXT))["services"]
each = pytest.mark.parametrize("name", SERVICES)


def test_it_has_the_services_of_the_platform() -> None:
    assert set(SERVICES) == ROLES | SERVERS | {"locust"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"] == "valkey/valkey:9"
    assert {SERVICES[name]["image"] for name in ROLES} == {"headrace:model-1"}
    assert SERVICES["scheduler"]["scale"] == 2
    assert SERVICES["locust"]["profiles"] == ["load-test"]
    assert not [name for name in SERVICES if name != "locust" and "profiles" in SERVICES[name]]


@each
def test_only_four_are_published_and_only_to_this_machine(name: str) -> None:
    expected = [PUBLISHED[name]] if name in PUBLISHED else []
    ports = [port.split(":") for port in SERVICES[name].get("ports", [])]
    assert [(host, target) for host, _, target in ports] == [("127.0.0.1", target) for target in expected]


@pytest.mark.parametrize("name", ["flower", "locust"])
def test_what_answers_without_a_password_cannot_be_published_elsewhere(name: str) -> None:
    assert yaml.safe_load(TEXT)["services"][name]["ports"][0].startswith("127.0.0.1:")


@each
def test_a_container_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 4096
    assert "privileged" not in service
    assert ("cap_add" in service) == (name in SERVERS)
    assert ("mem_limit" in service) == (name not in SERVERS)


@each
def test_it_comes_back_and_is_seen_to_work(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert "healthcheck" not in service
    else:
        assert service["restart"] == "unless-stopped"
        check = service["healthcheck"]
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(check)
        assert check["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("api", "python -m app.probe 8000 /ready"),
        ("frontend", "python -m app.probe 5173 /"),
        ("flower", "python -m app.probe 5555 /healthcheck"),
        ("model", "python -m app.probe 8081 /health"),
        ("worker", "python -m app ready worker"),
        ("scheduler", "python -m app ready scheduler"),
    ],
)
def test_each_role_has_a_check_of_its_own(name: str, command: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", *command.split()]


def test_a_worker_is_given_its_grace() -> None:
    minutes = re.fullmatch(r"(\d+)m", SERVICES["worker"]["stop_grace_period"])
    assert minutes is not None
    assert int(minutes[1]) * 60 >= Settings.model_fields["grace_s"].default + 5


@each
def test_no_secret_stands_in_it(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    for key, value in environment.items():
        if key in SECRETS:
            assert value == f"<{key}>"
        elif re.search("(TOKEN|SECRET|PASSWORD|AUTH)$", key):
            assert value == "<VALKEY_PASSWORD>"
        elif key.endswith("_URL") and "@" in value:
            assert urlsplit(value).password in {"<POSTGRES_PASSWORD>", "<VALKEY_PASSWORD>"}


def test_a_secret_is_demanded_and_never_empty() -> None:
    used = {(name, how) for name, how, _ in _VARIABLE.findall(TEXT) if name in SECRETS}
    assert {how for _, how in used} == {":?"}
    command = SERVICES["valkey"]["command"]
    assert command[command.index("--requirepass") + 1] == "<VALKEY_PASSWORD>"
    assert command[command.index("--appendonly") + 1] == "yes"


def test_only_the_roles_that_need_secrets_have_them() -> None:
    with_all = {name for name, service in SERVICES.items() if "env_file" in service}
    assert with_all == {"migrate", "api", "worker", "scheduler"}
    for name in ("frontend", "model"):
        assert not [value for value in SERVICES[name]["environment"].values() if "<" in value]


def test_every_setting_that_it_gives_exists() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for name in ROLES:
        assert set(SERVICES[name]["environment"]) <= known


def test_data_lies_in_volumes() -> None:
    mounted = {volume for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == {
        "postgres:/var/lib/postgresql",
        "valkey:/data",
        "files:/data/files",
        "uploads:/data/uploads",
    }


def test_those_who_work_with_uploaded_files_share_them() -> None:
    sharing = {name for name, service in SERVICES.items() if "uploads:/data/uploads" in service.get("volumes", [])}
    assert sharing == {"api", "worker", "scheduler"}
    assert "--owner=10001 --group=10001 /data/uploads" in DOCKERFILE, "a new volume belongs to whom the image says"


def test_tables_come_before_those_that_use_them() -> None:
    for name in ("api", "worker", "scheduler"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_images_run_as_nobody_in_particular() -> None:
    bases = re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)
    assert {base for base, _ in bases} == {"python:3.13-slim-trixie", "node:24-trixie-slim"}
    for stage in ("load", "app"):
        text = DOCKERFILE.partition(f" AS {stage}\n")[2].partition("\nFROM ")[0]
        assert re.findall(r"^USER (\d+):(\d+)$", text, re.MULTILINE) == [("10001", "10001")]
    assert "--mount" not in DOCKERFILE, "only BuildKit knows it"
    assert "pip install" in DOCKERFILE
    assert all("--require-hashes" in line for line in DOCKERFILE.splitlines() if "pip install" in line)


def test_the_build_sees_no_secret_and_no_data() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert not [line for line in lines if line.startswith(("!.", "!*", "!/"))]


def test_the_image_reads_pictures_in_seven_languages_and_draws_the_signs_of_all() -> None:
    app = DOCKERFILE[DOCKERFILE.index("AS app\n") :]
    codes = set(re.findall(r'"tesseract-ocr-(\w+)=', app))
    assert codes == {"deu", "eng", "fra", "ita", "nld", "osd", "por", "spa"}
    assert '"fonts-wqy-microhei=' in app


@pytest.mark.parametrize("name", ["api", "worker", "scheduler", "flower"])
def test_what_has_settings_starts_after_they_were_judged(name: str) -> None:
    """Docker's restart policies know no exit codes, so refused settings end `migrate`, which is not started again."""
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
