"""The table of API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ApiKey(Base):
    """A key of a user. The secret is nowhere: what is kept is its digest."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Text, primary_key=True)  # the one that is written in the key
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    description: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)  # its first characters, by which people know it again
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)  # of the whole key
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    models: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # NULL: all
    job_types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # NULL: all
    requests_per_hour: Mapped[int | None]  # NULL: only what its user may
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # to the minute
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[UUID | None]  # the user; NULL: nobody, or one of before 0024
    deactivated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # by the janitor
    restored_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # counts as a use
    rotated_to: Mapped[str | None] = mapped_column(Text)  # the id of the key in its place
