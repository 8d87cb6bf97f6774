"""Triggers note how many jobs there are by status, type and queue, so that nobody has to count them.

`job_counts` stays for the versions before, which may still run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# One row for each number that a statement changed. `FROM CURRENT`: whoever sends it may have another search path.
NOTE = """
CREATE OR REPLACE FUNCTION note_job_tallies() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO job_tallies (status, type, queue, count)
        SELECT status, type, queue, count(*) FROM new_rows GROUP BY status, type, queue;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO job_tallies (status, type, queue, count)
        SELECT status, type, queue, -count(*) FROM old_rows GROUP BY status, type, queue;
    ELSIF TG_OP = 'TRUNCATE' THEN
        DELETE FROM job_tallies;
    ELSE
        INSERT INTO job_tallies (status, type, queue, count)
        SELECT status, type, queue, sum(change) FROM (
            SELECT status, type, queue, 1 AS change FROM new_rows
            UNION ALL SELECT status, type, queue, -1 FROM old_rows
        ) AS changed GROUP BY status, type, queue HAVING sum(change) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
ROWS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
    "truncate": "",
}
COUNT = """
INSERT INTO job_tallies (status, type, queue, count)
SELECT status, type, queue, count(*) FROM jobs GROUP BY status, type, queue
"""


def upgrade() -> None:
    op.create_table(
        "job_tallies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    # A few rows that change all the time: cleaned by how many are dead, and at once.
    op.execute(
        "ALTER TABLE job_tallies SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, "
        "autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0)"
    )
    op.execute(NOTE)
    # From here on nobody changes jobs until this has committed, so the count below misses none.
    for verb, rows in ROWS.items():
        op.execute(
            f"CREATE TRIGGER job_tallies_{verb} AFTER {verb.upper()} ON jobs {rows} "
            "FOR EACH STATEMENT EXECUTE FUNCTION note_job_tallies()"
        )
    op.execute(COUNT)


def downgrade() -> None:
    for verb in ROWS:
        op.execute(f"DROP TRIGGER job_tallies_{verb} ON jobs")
    op.execute("DROP FUNCTION note_job_tallies")
    op.drop_table("job_tallies")
