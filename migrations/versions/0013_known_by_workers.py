"""What each worker knows, what became of the jobs of one that died, and since which version the tables are supported.

Jobs that lose their worker are counted apart from attempts that fail.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In the row that Alembic keeps, so that both change in one transaction. A migration that only adds leaves it as it
    # is; one that takes something away from older code names the first revision whose code can do without it.
    op.execute("ALTER TABLE alembic_version ADD COLUMN compatible_from TEXT NOT NULL DEFAULT '0011'")
    op.add_column("workers", sa.Column("types", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("workers", sa.Column("models", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("workers", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("requeued", "failed", "cancelled"):
        op.add_column("workers", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    # With constant defaults: PostgreSQL rewrites no row for them.
    op.add_column("jobs", sa.Column("crashes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("max_crashes", sa.Integer(), server_default="5", nullable=False))


def downgrade() -> None:
    op.drop_column("jobs", "max_crashes")
    op.drop_column("jobs", "crashes")
    for name in ("cancelled", "failed", "requeued", "ended_at", "models", "types"):
        op.drop_column("workers", name)
    op.execute("ALTER TABLE alembic_version DROP COLUMN compatible_from")
