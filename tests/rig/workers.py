"""A worker's row."""

from app.core.database import Database
from app.jobs.repository import workers


async def beat(database: Database, *, host: str = "here", slots: int = 5) -> None:
    row = workers.Beat(
        id=f"w1@{host}",
        host=host,
        pid=1,
        queues=["default"],
        slots=slots,
        busy=0,
        version="0",
        state="running",
        types=None,
        models=None,
    )
    await workers.beat_worker(database, row, has_claimed=False)
