"""Users, teams, API keys and refresh tokens; sessions and audit lines say whose they are.

What is there belongs to the service account, which is a user and a team.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SERVICE = "00000000-0000-7000-8000-000000000001"
AUDIT = (("user_id", sa.Uuid()), ("key_id", sa.Text()), ("address", sa.Text()), ("agent", sa.Text()))


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="member", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("token_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_service", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _now("created_at"),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('admin', 'operator', 'member', 'viewer')", name=op.f("users_role_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("email", name=op.f("users_email_key")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hides_payloads", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("teams_pkey")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _refers("team_members", "team_id", "teams"),
        _refers("team_members", "user_id", "users"),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("team_members_pkey")),
    )
    op.create_index(op.f("team_members_user_id"), "team_members", ["user_id"])
    _create_keys()
    _create_refresh_tokens()
    for name, kind in AUDIT:
        op.add_column("audit_log", sa.Column(name, kind, nullable=True))
    op.add_column("sessions", sa.Column("user_id", sa.Uuid(), server_default=SERVICE, nullable=False))
    op.add_column("sessions", sa.Column("user_version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    _insert("users", id=SERVICE, name="service", role="admin", is_service=True)
    _insert("teams", id=SERVICE, name="service")
    _insert("team_members", team_id=SERVICE, user_id=SERVICE)


def _create_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("models", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("job_types", postgresql.ARRAY(sa.Text()), nullable=True),
        _now("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rotated_to", sa.Text(), nullable=True),
        _refers("api_keys", "team_id", "teams"),
        _refers("api_keys", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
    )
    op.create_index(op.f("api_keys_user_id"), "api_keys", ["user_id"])


def _create_refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_version", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        _now("issued_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        _refers("refresh_tokens", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("refresh_tokens_pkey")),
        sa.UniqueConstraint("token_sha256", name=op.f("refresh_tokens_token_sha256_key")),
    )
    op.create_index(op.f("refresh_tokens_family"), "refresh_tokens", ["family"])
    op.create_index(op.f("refresh_tokens_user_id"), "refresh_tokens", ["user_id"])


def _insert(table: str, **values: object) -> None:
    op.execute(sa.table(table, *map(sa.column, values)).insert().values(values))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"{table}_{column}_fkey"), ondelete="CASCADE")


def downgrade() -> None:
    sessions = sa.table("sessions", sa.column("user_id", sa.Uuid()))
    op.execute(sessions.delete().where(sessions.c.user_id != UUID(SERVICE)))  # older code takes each for the service's
    for name in ("user_version", "user_id"):
        op.drop_column("sessions", name)
    for name, _ in reversed(AUDIT):
        op.drop_column("audit_log", name)
    for table in ("refresh_tokens", "api_keys", "team_members", "teams", "users"):
        op.drop_table(table)
