"""Jobs that lost two workers are found at once: few of them run at a time, in case one of them is why."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nobody has crashes before this: the index is empty, and building it reads the table once.
    op.create_index(
        "jobs_suspects",
        "jobs",
        ["queue"],
        postgresql_where=sa.text("crashes >= 2 AND finished_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("jobs_suspects", "jobs")
