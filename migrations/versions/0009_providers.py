"""What providers were asked and answered by day, what their breakers were, and what operators set for them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_days",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("amount", sa.Numeric(20, 8), nullable=False),
        sa.PrimaryKeyConstraint("provider", "day", "model", "measure", "bucket", name=op.f("provider_days_pkey")),
    )
    op.create_table(
        "provider_states",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('closed', 'open', 'half_open', 'forced')", name=op.f("provider_states_state_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("provider_states_pkey")),
    )
    op.create_index("provider_states_since", "provider_states", ["provider", "since"], unique=False)
    op.create_table(
        "provider_quotas",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("quota", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", "model", name=op.f("provider_quotas_pkey")),
    )
    op.create_table(
        "provider_closures",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("provider_closures_pkey")),
    )


def downgrade() -> None:
    for name in ("provider_closures", "provider_quotas", "provider_states", "provider_days"):
        op.drop_table(name)
