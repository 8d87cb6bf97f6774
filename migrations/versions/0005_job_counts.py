"""The stored count of all jobs, so that statistics read as little beside a long backlog as beside a short one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_counts",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("kept_s", sa.Float(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("job_counts_id_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("job_counts_pkey")),
    )


def downgrade() -> None:
    op.drop_table("job_counts")
