"""How Alembic reaches the database: the URL of the settings, through psycopg, or the connection a test hands over."""

import psycopg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text

from app.core.database import Base
from app.core.database_connect import libpq_arguments
from app.core.database_url import parse
from app.core.settings import get_settings
from app.ops.health import schema_version  # which knows the tables of all rooms
from app.ops.health.repository import read_schema

# Two replicas that migrate at once wait for each other on this advisory lock.
MIGRATION_LOCK = 0x68656164


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def is_ahead(connection: Connection) -> bool:
    """Say whether a newer version has migrated and still supports this one: it may start again, a step back.

    Raises: CommandError, when it does not support it any more.
    """
    found = read_schema(connection)
    own = schema_version.expected_revision()
    if found is None or found.revision <= own:
        return False
    if wrong := schema_version.misfit(found, own=own):
        raise CommandError(wrong)
    print(f"the tables are at migration {found.revision}, ahead of {own}, and support it: nothing to do")  # noqa: T201
    return True


def main() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    url = (
        context.config.get_main_option("sqlalchemy.url")
        or get_settings().need("database_url").database_url.get_secret_value()
    )
    arguments = libpq_arguments(parse(url))
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(**arguments))
    try:
        with engine.connect() as guard, engine.connect() as connection:
            # Held by this transaction, which a pooler gives one server, and not by a session.
            guard.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            ahead = is_ahead(connection)
            connection.rollback()  # its lock on Alembic's table would be in the way
            if not ahead:
                run(connection)
                connection.commit()
    finally:
        engine.dispose()


main()
