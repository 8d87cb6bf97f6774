"""What Flower hears: the events of every task, by the job's type, although they are published in bundles."""

from asyncio import to_thread
from pathlib import Path
from threading import Event, Thread
from typing import Any

from celery import Celery

from app.core.broker_messages import PRIORITY_STEPS
from app.core.database import Database
from app.core.redis import PREFIX
from app.core.settings import Settings
from tests.rig import jobs
from tests.rig.stack import eventually, running, wait_all_final

TOLD = {"task-received", "task-started", "task-succeeded"}
JOBS = 30


async def test_every_task_s_events_reach_a_listener(settings: Settings, database: Database, tmp_path: Path) -> None:
    heard: dict[str, set[str]] = {}
    names: set[str] = set()
    receivers: list[Any] = []
    hears = Event()

    def hear(event: dict[str, Any]) -> None:
        hears.set()
        if event["type"].startswith("task-"):
            heard.setdefault(event["uuid"].partition(":")[0], set()).add(event["type"])
            names.add(event.get("name") or "")

    def listen() -> None:
        app = Celery(broker=settings.redis_url.get_secret_value())
        app.conf.broker_transport_options = {
            "global_keyprefix": PREFIX,
            "priority_steps": list(PRIORITY_STEPS),
            "fanout_patterns": False,
        }
        with app.connection_for_read() as connection:
            receiver: Any = app.events.Receiver(connection, handlers={"*": hear})
            receivers.append(receiver)
            # One subscription to the end: what is said between two of them nobody hears.
            receiver.capture(limit=None, timeout=None, wakeup=False)

    async with running(settings, tmp_path) as stack:
        listener = Thread(target=listen, daemon=True)
        listener.start()
        try:
            await stack.worker()
            await eventually(hears.is_set, what="the worker is heard")
            ids = {str(await jobs.insert(database)) for _ in range(JOBS)}
            stack.scheduler()
            await wait_all_final(database, JOBS)
            await eventually(lambda: all(heard.get(one, set()) >= TOLD for one in ids), what="all events are heard")
        finally:
            for receiver in receivers:
                receiver.should_stop = True
            await to_thread(listener.join, 60)
    assert "echo" in names, "Flower shows a job by its type"
