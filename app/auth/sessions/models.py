"""The table of sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Base


class Session(Base):
    """A browser that is signed in. A row that is gone or over is a session that has ended."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]  # the team that it acts for, as long as the user may
    user_id: Mapped[UUID] = mapped_column(server_default=str(SERVICE_OWNER_ID))
    user_version: Mapped[int] = mapped_column(server_default=text("0"))  # the user's token_version when it was opened
    name: Mapped[str] = mapped_column(Text)  # the caller's
    address: Mapped[str | None] = mapped_column(Text)  # from where it was opened
    id_token: Mapped[str | None] = mapped_column(Text)  # of the provider at which the user signed in
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
