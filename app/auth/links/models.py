"""The table of one-time links."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Kind(StrEnum):
    """What a link is for."""

    INVITE = "invite"
    RESET = "reset"


class OneTimeLink(Base):
    """A link of an administrator's. Its token is nowhere: what is kept is its digest."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint(f"kind IN ({', '.join(repr(one.value) for one in Kind)})", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    email: Mapped[str] = mapped_column(Text, index=True)  # normalised, of whom it is for
    role: Mapped[str | None] = mapped_column(Text)  # of an invite: what its user will be
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))  # and act for, too
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))  # whose reset, or who came
    user_version: Mapped[int | None]  # of a reset: the user's token_version when it was made; another: over
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
