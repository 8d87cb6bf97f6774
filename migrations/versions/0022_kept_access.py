"""What is kept of access: when a key was deactivated, links that work once, and an audit log that only grows.

A line of the audit log is never changed, and goes by its age alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEEP = """
CREATE OR REPLACE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('headrace.prunes_audit_log', true) = 'on' THEN
        IF OLD.at < now() - interval '30 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_log only takes new lines: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$
"""
# As its owner, so that the application's own role needs no DELETE.
PRUNE = """
CREATE OR REPLACE FUNCTION prune_audit_log(kept_days double precision) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, {schema}, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM set_config('headrace.prunes_audit_log', 'on', true);
    DELETE FROM {schema}.audit_log WHERE at < now() - make_interval(secs => greatest(kept_days, 30) * 86400);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('headrace.prunes_audit_log', 'off', true);
    RETURN gone;
END
$$
"""


def upgrade() -> None:
    for name in ("deactivated_at", "restored_at"):
        op.add_column("api_keys", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    _create_links()
    op.create_index(op.f("audit_log_at"), "audit_log", ["at"])
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(KEEP)
    op.execute(PRUNE.format(schema=schema))
    for name, when in (("rows", "UPDATE OR DELETE"), ("all", "TRUNCATE")):
        level = "ROW" if name == "rows" else "STATEMENT"
        op.execute(
            f"CREATE OR REPLACE TRIGGER audit_log_keeps_{name} BEFORE {when} ON audit_log"
            f" FOR EACH {level} EXECUTE FUNCTION keep_audit_log()"
        )


def _create_links() -> None:
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_version", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('invite', 'reset')", name=op.f("one_time_links_kind_check")),
        _refers("team_id", "teams"),
        _refers("user_id", "users"),
        _refers("made_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("one_time_links_pkey")),
        sa.UniqueConstraint("token_sha256", name=op.f("one_time_links_token_sha256_key")),
    )
    op.create_index(op.f("one_time_links_email"), "one_time_links", ["email"])


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"one_time_links_{column}_fkey")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for name in ("all", "rows"):
        op.execute(f"DROP TRIGGER audit_log_keeps_{name} ON audit_log")
    op.execute("DROP FUNCTION prune_audit_log(double precision)")
    op.execute("DROP FUNCTION keep_audit_log()")
    op.drop_index(op.f("audit_log_at"), "audit_log")
    op.drop_table("one_time_links")
    for name in ("restored_at", "deactivated_at"):
        op.drop_column("api_keys", name)
