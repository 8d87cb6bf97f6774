"""What the governor needs of a job: its place in the line, the model it asks for, what it may cost; and its parts.

Fills `queued_at` of every row, and nobody can write to the table `jobs` meanwhile.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WAITING = "status = 'pending'"
HELD = "status = 'pending' AND run_at > queued_at"
SENT = "status = 'pending' AND dispatch_at > run_at"


def _index(place: str, include: list[str]) -> None:
    for name in ("jobs_due", "jobs_sent"):
        op.drop_index(name, "jobs")
    op.create_index(
        "jobs_due",
        "jobs",
        ["queue", "priority", place, "id"],
        unique=False,
        postgresql_where=sa.text(WAITING),
        postgresql_include=include,
    )
    op.create_index(
        "jobs_sent",
        "jobs",
        ["queue", "dispatch_at"],
        unique=False,
        postgresql_where=sa.text(SENT),
        postgresql_include=include,
    )


def upgrade() -> None:
    op.add_column("jobs", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE jobs SET queued_at = run_at")
    op.alter_column("jobs", "queued_at", nullable=False)
    op.add_column("jobs", sa.Column("requested_model", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("max_cost_usd", sa.Numeric(14, 8), nullable=True))
    op.add_column("jobs", sa.Column("cached_tokens", sa.Integer(), nullable=True))
    _index("queued_at", ["type", "requested_model"])
    op.create_index("jobs_held", "jobs", ["run_at"], unique=False, postgresql_where=sa.text(HELD))
    op.create_table(
        "job_parts",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("job_parts_job_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "key", name=op.f("job_parts_pkey")),
    )


def downgrade() -> None:
    op.drop_table("job_parts")
    op.drop_index("jobs_held", "jobs")
    _index("run_at", ["type"])
    for name in ("cached_tokens", "max_cost_usd", "requested_model", "queued_at"):
        op.drop_column("jobs", name)
