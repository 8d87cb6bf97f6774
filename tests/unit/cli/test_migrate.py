"""`migrate` without a database that can be used: one line that says why."""

from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.cli.main import run


def _fails(monkeypatch: pytest.MonkeyPatch, *, statement: str | None) -> None:
    def upgrade(*_: Any) -> None:
        raise OperationalError(statement, None, psycopg.OperationalError("port 1 failed: Connection refused"))

    monkeypatch.setattr("app.ops.configuration.load", lambda *_: None)
    monkeypatch.setattr("alembic.command.upgrade", upgrade)


def test_it_says_why_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _fails(monkeypatch, statement=None)
    assert run(["migrate"]) == 1
    assert capsys.readouterr().err == "error: nobody listens where PostgreSQL should: nothing was migrated\n"


def test_what_a_migration_itself_raises_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    _fails(monkeypatch, statement="ALTER TABLE jobs")
    with pytest.raises(OperationalError):
        run(["migrate"])
