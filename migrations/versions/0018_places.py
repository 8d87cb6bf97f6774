"""Lists of jobs of a status, type or queue have an index that reads no others."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("jobs_places", "jobs", ["owner_id", "type", "queue", "status", sa.text("id DESC")])
    op.drop_index("jobs_ended", "jobs")


def downgrade() -> None:
    op.create_index(
        "jobs_ended",
        "jobs",
        ["owner_id", "status", sa.text("id DESC")],
        postgresql_where=sa.text("status IN ('completed', 'failed', 'cancelled')"),
    )
    op.drop_index("jobs_places", "jobs")
