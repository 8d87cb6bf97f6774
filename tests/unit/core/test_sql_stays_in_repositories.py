"""Statements are built in repositories alone, so that whoever looks for SQL knows where it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import app

ROOT = Path(app.__file__).parent
# What may know SQLAlchemy or psycopg: repositories, tables, and what connects and reads rows.
MAY = ("core/database", "core/rows.py", "local/shell.py")
# A type of a parameter, and errors to catch: neither is a statement.
HARMLESS = {"sqlalchemy.ext.asyncio.AsyncConnection", "sqlalchemy.exc.DBAPIError", "sqlalchemy.exc.OperationalError"}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _is_apart(name: str) -> bool:
    return name.startswith(MAY) or "repository" in name or name.endswith("models.py")


def test_no_statement_is_built_outside_a_repository() -> None:
    found = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in ROOT.rglob("*.py")
        if not _is_apart(path.relative_to(ROOT).as_posix())
        for name in _imports(path)
        if name.split(".")[0] in {"sqlalchemy", "psycopg"} and name not in HARMLESS
    }
    assert not found
