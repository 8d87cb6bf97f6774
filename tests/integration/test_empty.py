"""The rig itself: an emptied database is as one that was just migrated."""

from sqlalchemy import text

from app.core.database import Base, Database
from tests.conftest import empty
from tests.rig import jobs


async def test_no_row_is_left_and_numbers_begin_anew(database: Database) -> None:
    await jobs.insert(database)
    await database.rows(text("SELECT nextval('audit_log_id_seq')"))  # as an insert does that is rolled back
    await empty(database)
    for table in Base.metadata.sorted_tables:
        assert await database.rows(text(f'SELECT FROM "{table.name}"')) == [], table.name
    assert await database.rows(text("SELECT FROM pg_sequences WHERE last_value IS NOT NULL")) == []
