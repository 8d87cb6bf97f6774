"""Profiles without a server: where they lie, who may read them, which one a command uses, and what is refused."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from app.auth.keys.format import new_key
from app.cli import main, profiles
from app.cli.profiles import Profile, ProfileError
from tests.rig.ports import free_port
from tests.unit.cli.played_api import PlayedApi, played_api

KEY = new_key().text
NO_JOBS: tuple[int, Any] = (200, {"items": [], "next_cursor": None})
END = "2027-03-01T10:00:00Z"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account that has signed in to nothing."""
    for name in ("HEADRACE_URL", "HEADRACE_PROFILE", "SERVICE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config" / "headrace" / "profiles.json"


def keep(url: str, name: str = "default") -> None:
    profiles.save(name, Profile(url, KEY, "Ada", END))


def sent(api: PlayedApi) -> list[str | None]:
    return [one.headers.get("x-service-token") for one in api.asked]


def test_what_is_kept_is_read_by_its_owner_alone(place: Path) -> None:
    place.parent.mkdir(parents=True, mode=0o777)
    place.parent.chmod(0o777)
    for name in ("one", "two"):
        keep("https://h", name)
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert list(place.parent.iterdir()) == [place]
    assert profiles.read_all() == dict.fromkeys(("one", "two"), Profile("https://h", KEY, "Ada", END))


def test_without_xdg_config_home_it_is_below_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("", "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", given)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        keep("https://h", f"of-{given}")
    kept = json.loads((tmp_path / "home/.config/headrace/profiles.json").read_text())
    assert list(kept) == ["of-", "of-relative"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(place: Path, mode: int, capsys: pytest.CaptureFixture[str]) -> None:
    keep("https://h")
    place.chmod(mode)
    assert main.run(["jobs", "ls"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"error: {place}: others may read the keys in it (mode 0{mode:o}); chmod 600 {place}\n"
    with pytest.raises(ProfileError, match="chmod 600"):
        keep("https://elsewhere")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1}', '{"a": {"url": "https://h"}}', '{"a": [1]}', "7", "\udcff"]
)
def test_a_file_that_is_none_of_ours_is_refused_and_not_shown(
    place: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep("https://h")
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert main.run(["whoami"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {place}: it is not ")
    place.unlink()
    place.mkdir()
    assert main.run(["whoami"]) == 2
    assert "it is a folder, not a file" in capsys.readouterr().err


def test_a_profile_goes_behind_an_address_and_before_this_machine_s_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "credentials.env").write_text("SERVICE_TOKEN=of-the-stack\n")
    with played_api(NO_JOBS) as stack, played_api(NO_JOBS) as server:
        monkeypatch.setenv("API_PORT", stack.url.rpartition(":")[2])
        assert main.run(["jobs", "ls"]) == 0
        assert sent(stack) == ["of-the-stack"], "nobody has signed in to anything"
        keep(server.url)
        assert main.run(["jobs", "ls"]) == 0
        assert sent(server) == [KEY]
        for words in (["--profile", "local"], ["--url", stack.url]):
            assert main.run(["jobs", "ls", *words]) == 0
        monkeypatch.setenv("HEADRACE_PROFILE", "local")
        assert main.run(["jobs", "ls"]) == 0
        assert main.run(["jobs", "ls", "--profile", "default"]) == 0
        monkeypatch.delenv("HEADRACE_PROFILE")
        monkeypatch.setenv("SERVICE_TOKEN", "of-the-environment")
        assert main.run(["jobs", "ls"]) == 0
        monkeypatch.setenv("HEADRACE_URL", stack.url)
        assert main.run(["jobs", "ls"]) == 0
        assert main.run(["jobs", "ls", "--profile", "default"]) == 0
        assert sent(stack) == ["of-the-stack"] * 4 + ["of-the-environment"] * 2
        assert sent(server) == [KEY] * 3
        capsys.readouterr()
        assert main.run(["jobs", "ls", "--profile", "default", "--url", server.url]) == 2
        assert "Give --url or --profile." in capsys.readouterr().err
    assert KEY not in str(sent(stack)), "a key is sent to its own server alone"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("login", "http://headrace.example.org"), "write https://, or add --insecure-http"),
        (("login", " HTTP://10.0.0.5:8000", "--with-key"), "write https://, or add --insecure-http"),
        (("login", "headrace.example.org"), "is no address of an API"),
        (("login", "https://h", "--profile", "local"), "is always this machine's stack"),
        (("login", "https://h", "--profile", "a/b"), "'a/b' is no name of a profile"),
        (
            ("jobs", "ls", "--profile", "work"),
            "no profile 'work' (there is none yet): headrace login URL --profile work",
        ),
        (("logout", "--profile", "work"), "there is no profile 'work'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    words: tuple[str, ...], said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([*words]) == 2
    assert said in capsys.readouterr().err
    assert not place.exists()


def test_a_server_that_is_away_keeps_its_profile_unless_it_is_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    keep(f"http://127.0.0.1:{free_port()}")
    assert main.run(["logout"]) == 3
    assert list(profiles.read_all()) == ["default"]
    assert main.run(["logout", "--forget"]) == 0
    assert profiles.read_all() == {}
    assert "its key is not revoked" in capsys.readouterr().out


def test_a_key_that_could_not_be_kept_is_revoked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    me = {"name": "Ada", "role": "viewer", "rights": ["jobs:read"], "team_id": "t", "teams": [], "key_id": KEY[8:16]}
    key = {"prefix": KEY[:16], "expires_at": END, "key": KEY}
    place.parent.parent.write_text("a file where a folder should be")
    answers = [(200, {"access_token": "a", "refresh_token": "r"}), (200, me), (201, key), (204, None)]
    with played_api(*answers, (200, me), (200, key), (204, None)) as api:
        typed = iter(["ada@example.org", "the mill stood still"])
        monkeypatch.setattr("typer.prompt", lambda *_, **__: next(typed))
        assert main.run(["login", api.url]) == 2
    assert (api.asked[-1].method, api.asked[-1].path, sent(api)[-1]) == ("DELETE", f"/api/v1/keys/{KEY[8:16]}", KEY)
