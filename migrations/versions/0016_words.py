"""Words: a breaker that an operator opened is `forced_open`, a job or dead letter is run again by a `retry`.

Each table that holds one of these words is read once. Code before this revision writes the old words, which the checks
refuse from here on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Table, column, the old word and the new one.
WORDS = (
    ("provider_states", "state", "forced", "forced_open"),
    ("job_events", "name", "replayed", "retried"),
    ("bulk_actions", "action", "replay", "retry"),
    ("audit_log", "action", "dead_letters.replay", "dead_letters.retry"),
    ("audit_log", "action", "dead_letters.replay.cancel", "dead_letters.retry.cancel"),
    ("audit_log", "action", "jobs.repair", "jobs.resend"),
)
# Table, column, the values before and after.
CHECKS = (
    (
        "provider_states",
        "state",
        ("closed", "open", "half_open", "forced"),
        ("closed", "open", "half_open", "forced_open"),
    ),
    ("bulk_actions", "action", ("replay", "discard", "prune"), ("retry", "discard", "prune")),
)


def _rename(words: list[tuple[str, str, str, str]], checks: list[tuple[str, str, tuple[str, ...]]]) -> None:
    checked = {table for table, _, _ in checks}
    _replace([one for one in words if one[0] not in checked])  # the long tables, while nobody is locked out of a table
    for table, column, _ in checks:
        op.drop_constraint(op.f(f"{table}_{column}_check"), table)
    _replace([one for one in words if one[0] in checked])
    for table, column, values in checks:
        op.create_check_constraint(
            op.f(f"{table}_{column}_check"), table, f"{column} IN ({', '.join(repr(one) for one in values)})"
        )


def _replace(words: list[tuple[str, str, str, str]]) -> None:
    for table, column, before, after in words:
        rows = sa.table(table, sa.column(column))
        op.execute(sa.update(rows).where(rows.c[column] == before).values({column: after}))


def upgrade() -> None:
    _rename(list(WORDS), [(table, column, after) for table, column, _, after in CHECKS])
    op.execute("ALTER INDEX jobs_held RENAME TO jobs_released")
    op.execute("UPDATE alembic_version SET compatible_from = '0016'")


def downgrade() -> None:
    op.execute("UPDATE alembic_version SET compatible_from = '0011'")
    op.execute("ALTER INDEX jobs_released RENAME TO jobs_held")
    words = [(table, column, after, before) for table, column, before, after in WORDS]
    _rename(words, [(table, column, before) for table, column, before, _ in CHECKS])
