"""Counts of jobs by owner, who made a job, actions over the jobs of every team, and indexes for one team among many."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NOTE = """
CREATE OR REPLACE FUNCTION note_job_tallies() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO job_tallies ({place}, count)
        SELECT {place}, count(*) FROM new_rows GROUP BY {place};
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO job_tallies ({place}, count)
        SELECT {place}, -count(*) FROM old_rows GROUP BY {place};
    ELSIF TG_OP = 'TRUNCATE' THEN
        DELETE FROM job_tallies;
    ELSE
        INSERT INTO job_tallies ({place}, count)
        SELECT {place}, sum(change) FROM (
            SELECT {place}, 1 AS change FROM new_rows
            UNION ALL SELECT {place}, -1 FROM old_rows
        ) AS changed GROUP BY {place} HAVING sum(change) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
# What is noted so far is the service account's if it has all jobs; the scheduler counts anew what has no owner.
GIVE = """
UPDATE job_tallies SET owner_id = '00000000-0000-7000-8000-000000000001'
WHERE NOT EXISTS (SELECT FROM jobs WHERE owner_id < '00000000-0000-7000-8000-000000000001')
    AND NOT EXISTS (SELECT FROM jobs WHERE owner_id > '00000000-0000-7000-8000-000000000001')
"""
ADOPT = "UPDATE bulk_actions SET owner_id = '00000000-0000-7000-8000-000000000001' WHERE owner_id IS NULL"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("created_by", sa.Uuid(), nullable=True))
    op.alter_column("bulk_actions", "owner_id", nullable=True)
    # Both columns in one direction, so that a page can begin at a pair of them.
    op.drop_index("jobs_owner", "jobs")
    op.create_index("jobs_owner", "jobs", ["owner_id", "id"])
    op.create_index(
        "jobs_owner_due",
        "jobs",
        ["owner_id", "queue", "priority", "queued_at", "id"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "jobs_owner_final",
        "jobs",
        ["owner_id", "finished_at", "id"],
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    )
    # Nullable: a scheduler of before adds rows up without it.
    op.add_column("job_tallies", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("job_tallies_owner_id"), "job_tallies", ["owner_id"])
    op.execute(NOTE.format(place="owner_id, status, type, queue"))
    op.execute(GIVE)


def downgrade() -> None:
    op.execute(NOTE.format(place="status, type, queue"))
    op.drop_column("job_tallies", "owner_id")
    op.drop_index("jobs_owner_final", "jobs")
    op.drop_index("jobs_owner_due", "jobs")
    op.drop_index("jobs_owner", "jobs")
    op.create_index("jobs_owner", "jobs", ["owner_id", sa.text("id DESC")])
    op.execute(ADOPT)
    op.alter_column("bulk_actions", "owner_id", nullable=False)
    op.drop_column("jobs", "created_by")
