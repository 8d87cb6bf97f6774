"""The jobs that were sent and still wait, so that sending them again reads them and not the whole backlog."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "jobs_sent",
        "jobs",
        ["queue", "dispatch_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND dispatch_at > run_at"),
        postgresql_include=["type"],
    )


def downgrade() -> None:
    op.drop_index("jobs_sent", "jobs")
