"""A database of its own, which a test migrates."""

from collections.abc import AsyncIterator

import pytest
from alembic.config import Config

from app.core.database import Database
from app.local.postgres import Postgres
from app.local.valkey import Valkey
from tests.conftest import ROOT

NAME = "migrations_test"


@pytest.fixture
async def config(servers: tuple[Postgres, Valkey]) -> Config:
    await servers[0].create_database(NAME)
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", servers[0].url(NAME))
    return config


@pytest.fixture
async def migrated(servers: tuple[Postgres, Valkey]) -> AsyncIterator[Database]:
    database = Database(servers[0].url(NAME), application_name="tests", pool_size=1)
    yield database
    await database.close()
