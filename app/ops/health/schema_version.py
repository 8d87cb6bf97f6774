"""Whether this version and the tables fit together: which migration they are at, and since when they are supported.

A migration only adds, so that the code before it still runs beside the code after it. One that takes something away,
once nobody needs it, raises `compatible_from` in Alembic's own row: the first revision whose code can do without.
"""

import asyncio
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import app.auth.keys.models
import app.auth.links.models
import app.auth.models
import app.auth.sessions.models
import app.auth.tokens.models
import app.auth.users.models
import app.governor.models
import app.jobs.cost_models
import app.jobs.count_models
import app.jobs.models
import app.storage.models
from app.core.checkout import CHECKOUT, PACKAGE
from app.core.database import Base, Database
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.ops.health.repository import Schema, find_schema

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = (CHECKOUT or PACKAGE) / "migrations"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
AGAIN_S = 2.0
_log = get_logger(__name__)
# Named, so that each room's tables are known to whoever asks here, whatever else it imports.
_ROOMS = (
    app.auth.keys.models,
    app.auth.links.models,
    app.auth.models,
    app.auth.sessions.models,
    app.auth.tokens.models,
    app.auth.users.models,
    app.governor.models,
    app.jobs.cost_models,
    app.jobs.count_models,
    app.jobs.models,
    app.storage.models,
)


def tables() -> tuple[str, ...]:
    """Return the names of all tables, each after those that it refers to."""
    return tuple(table.name for table in Base.metadata.sorted_tables)


def alembic_config() -> "Config":
    """Return what Alembic needs to find the migrations of this version."""
    from alembic.config import Config  # noqa: PLC0415 - heavy, and for who migrates

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@lru_cache(maxsize=1)
def expected_revision() -> str:
    """Return the newest migration of this version; they are numbered."""
    return max(known_revisions())


@lru_cache(maxsize=1)
def known_revisions() -> frozenset[str]:
    """Return every migration of this version, as their files say: each process asks, and Alembic is heavy."""
    texts = (one.read_text("utf-8") for one in (MIGRATIONS / "versions").glob("*.py"))
    return frozenset(revision for text in texts for revision in _REVISION.findall(text))


def misfit(found: Schema | None, *, own: str) -> str:
    """Say why code whose newest migration is `own` cannot work with these tables; an empty string if it can. Pure."""
    if found is None:
        return "migrations were never run: run `headrace migrate`"
    if found.revision < own:
        return f"the tables are at migration {found.revision} and this version needs {own}: run `headrace migrate`"
    if own < found.compatible_from:
        return (
            f"the tables are at migration {found.revision}, which supports versions from {found.compatible_from} on; "
            f"this one is of {own}: start a newer version"
        )
    return ""


async def check(database: Database) -> str:
    """Return why this version cannot work with the tables, or an empty string."""
    return misfit(await find_schema(database), own=expected_revision())


async def wait_until_fit(database: Database) -> None:
    """Return when the tables fit this version, or PostgreSQL does not answer: who starts early takes no job."""
    last_reason = ""
    while still_wanted():
        try:
            wrong = await check(database)
        except Exception:  # noqa: BLE001 - an outage, which all that follows survives
            return
        if not wrong:
            return
        if wrong != last_reason:
            _log.error("tables_do_not_fit", reason=wrong)
            last_reason = wrong
        await asyncio.sleep(AGAIN_S)
