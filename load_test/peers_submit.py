"""What `bench_submit` compares with: an endpoint that only validates, and the usual one that does it all inline."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from celery import Celery
from fastapi import Depends, FastAPI
from sqlalchemy import DateTime, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.core.settings import get_settings
from app.jobs.schemas import JobCreate

TASK = "naive.run"
QUEUE = "naive"


def validate_only() -> FastAPI:
    """Return an application that reads and validates a job and keeps nothing: the floor of what FastAPI costs."""
    app = FastAPI()

    @app.post("/api/v1/jobs", status_code=202)
    async def submit(body: JobCreate) -> dict[str, Any]:
        return {"id": str(uuid7()), "type": body.type, "status": "pending"}

    return app


class Base(DeclarativeBase):
    """The base of the naive table."""


class NaiveJob(Base):
    """A job as a usual tutorial stores it: no history, no fence, no due time."""

    __tablename__ = "naive_jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    type: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="pending", index=True)
    input: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


def naive() -> FastAPI:
    """Return the usual application: an ORM insert, then `send_task`, both within the request."""
    settings = get_settings().need("database_url", "redis_url")
    engine = create_async_engine(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    celery = Celery("naive", broker=settings.redis_url.get_secret_value())
    celery.conf.task_ignore_result = True

    @asynccontextmanager
    async def create_table(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield

    app = FastAPI(lifespan=create_table)

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as one:
            yield one

    @app.post("/api/v1/jobs", status_code=202)
    async def submit(body: JobCreate, db: Annotated[AsyncSession, Depends(session)]) -> dict[str, Any]:
        job = NaiveJob(type=body.type, input=body.input)
        db.add(job)
        await db.commit()
        celery.send_task(TASK, args=[str(job.id)], queue=QUEUE)
        return {"id": str(job.id), "type": job.type, "status": job.status}

    return app
