"""Users whom a provider of single sign-on knows, and the ID token of a session that it opened."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("user_identities_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("user_identities_pkey")),
    )
    op.create_index(op.f("user_identities_user_id"), "user_identities", ["user_id"])
    op.add_column("sessions", sa.Column("id_token", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "id_token")
    op.drop_table("user_identities")
