"""psql is found where it can do the work, and told all but the password on its command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.local import binaries
from app.local.errors import LocalError
from app.local.shell import shell
from tests.rig.tls import CA


def test_the_password_stands_on_no_command_line() -> None:
    made = shell("postgres://u:p%40ss@h:1/d?options=-cx%3D1", "--command", "SELECT 1")
    assert made.argv[0] == str(binaries.postgres_home() / "bin" / "psql")
    assert made.argv[1] == "host=h port=1 user=u dbname=d options=-cx=1 sslmode=prefer application_name=headrace-psql"
    assert made.argv[2:] == ("--command", "SELECT 1")
    assert made.env == {"PGPASSWORD": "p@ss"}
    assert "p@ss" not in repr(made)


def test_tls_needs_a_psql_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgres://u@h/d?sslmode=verify-full&sslrootcert={CA}"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalError, match="install PostgreSQL's client"):
        shell(url)
    own = tmp_path / "psql"
    own.touch(0o755)
    made = shell(url)
    assert made.argv[0] == str(own)
    assert f"sslmode=verify-full sslrootcert={CA}" in made.argv[1]
    assert made.env == {}


def test_without_any_psql_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise LocalError("no wheel")

    monkeypatch.setattr(binaries, "postgres_home", missing)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalError, match=r"there is no psql: install .*postgresql-client"):
        shell("postgres://u@h/d")


def test_the_command_asks_the_database_of_the_settings(database_url: str) -> None:
    argv = [sys.executable, "-m", "app", "db-shell", "--command", "SELECT 'it is ' || current_database()"]
    env = {"PATH": "", "DATABASE_URL": database_url, "PGHOST": "nowhere"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert "it is headrace_test" in done.stdout, done.stderr
