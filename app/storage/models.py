"""The tables of the storage room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class StoredFile(Base):
    """An uploaded file; its content lies under the id as key. There is no row without content."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "owner_id", "id"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)  # UUIDv7, so that the order of ids is that of creation
    owner_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)  # what its owner called it, made harmless; never a path
    media_type: Mapped[str] = mapped_column(Text)  # what its bytes say
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)  # hexadecimal digits
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
