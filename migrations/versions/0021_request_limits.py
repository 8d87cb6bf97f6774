"""How many requests an hour a user and an API key may make."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("requests_per_hour", sa.Integer(), nullable=True))
    op.add_column("api_keys", sa.Column("requests_per_hour", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("api_keys", "requests_per_hour")
    op.drop_column("users", "requests_per_hour")
