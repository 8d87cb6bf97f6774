"""What refusals taught about a model, how often a job was refused, and how long it waited for a place at its model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned_parameters",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "model", "parameter", name=op.f("learned_parameters_pkey")),
    )
    # With constant defaults: PostgreSQL rewrites no row for them.
    op.add_column("jobs", sa.Column("refusals", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("max_refusals", sa.Integer(), server_default="100", nullable=False))
    op.add_column("jobs", sa.Column("waited_ms", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("jobs", "waited_ms")
    op.drop_column("jobs", "max_refusals")
    op.drop_column("jobs", "refusals")
    op.drop_table("learned_parameters")
