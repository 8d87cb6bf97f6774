"""Completed jobs get the index that failed and cancelled ones have: their list read past every newer waiting job."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("jobs_unfinished_business", "jobs")
    op.create_index(
        "jobs_ended",
        "jobs",
        ["owner_id", "status", sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status IN ('completed', 'failed', 'cancelled')"),
    )


def downgrade() -> None:
    op.drop_index("jobs_ended", "jobs")
    op.create_index(
        "jobs_unfinished_business",
        "jobs",
        ["owner_id", "status", sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status IN ('failed', 'cancelled')"),
    )
