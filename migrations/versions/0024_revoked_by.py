"""Who revoked a key, and the folded names of teams."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Who did so far stands in the audit log.
REVOKED_BY = """
UPDATE api_keys SET revoked_by = (
    SELECT user_id FROM audit_log
    WHERE action = 'key.revoke' AND target = 'key:' || api_keys.id AND user_id IS NOT NULL
    ORDER BY audit_log.id DESC LIMIT 1
) WHERE revoked_at IS NOT NULL
"""
SHARED = "SELECT id, name FROM teams WHERE NOT EXISTS (SELECT FROM users WHERE users.id = teams.id) ORDER BY id"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("revoked_by", sa.Uuid(), nullable=True))
    op.execute(REVOKED_BY)
    op.add_column("teams", sa.Column("folded_name", sa.Text(), nullable=True))
    connection, seen = op.get_bind(), set()
    for team_id, name in connection.execute(sa.text(SHARED)).all():
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded not in seen:  # of two that have one name, the later one keeps it until it is changed
            seen.add(folded)
            given = {"id": team_id, "folded": folded}
            connection.execute(sa.text("UPDATE teams SET folded_name = :folded WHERE id = :id"), given)
    op.create_index(op.f("teams_folded_name"), "teams", ["folded_name"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("teams_folded_name"), "teams")
    op.drop_column("teams", "folded_name")
    op.drop_column("api_keys", "revoked_by")
