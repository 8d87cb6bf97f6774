"""The tables of users and teams."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.caller import Role
from app.core.database import Base


class User(Base):
    """Somebody who may sign in, or the service account, which cannot. Nobody is deleted: the audit log names him."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(f"role IN ({', '.join(repr(one.value) for one in Role)})", name="role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(Text, unique=True)  # as app.auth.users.emails writes it, NULL: none
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, server_default=Role.MEMBER)
    password_hash: Mapped[str | None] = mapped_column(Text)  # NULL: no password opens it
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    token_version: Mapped[int] = mapped_column(server_default=text("0"))  # access tokens carry it; another: refused
    is_service: Mapped[bool] = mapped_column(server_default=text("false"))
    requests_per_hour: Mapped[int | None]  # NULL: as the settings say, 0: any number
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Team(Base):
    """Who owns jobs, files and keys. Each user has one of his own, whose id is the user's."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # As app.auth.names folds it; NULL: a user's own team, which has the user's name, whoever else has it.
    folded_name: Mapped[str | None] = mapped_column(Text, index=True, unique=True)
    hides_payloads: Mapped[bool] = mapped_column(server_default=text("false"))  # from those who only view
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class TeamMember(Base):
    """A user who may act for a team."""

    __tablename__ = "team_members"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)


class UserIdentity(Base):
    """Somebody whom a provider of single sign-on knows, by its own name and its name for him; no address joins two."""

    __tablename__ = "user_identities"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)  # byte for byte as the provider writes it
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str | None] = mapped_column(Text)  # as the provider said last, verified or not
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # NULL: the provider gave him no role when he came last
    signed_in_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
