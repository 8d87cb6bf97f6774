"""What Flower hears: the events of every task, by the job's type, although they are published in bundles."""

from contextlib import suppress
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
    over = Event()
    heard: dict[str, set[str]] = {}
    names: set[str] = set()

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
            while not over.is_set():
                with suppress(TimeoutError):  # nothing was said for a second
                    receiver.capture(limit=None, timeout=1, wakeup=False)

    async with running(settings, tmp_path) as stack:
        listener = Thread(target=listen, daemon=True)
        listener.start()
        await stack.worker()
        await eventually(hears.is_set, what="the worker is heard")
        ids = {str(await jobs.insert(database)) for _ in range(JOBS)}
        stack.scheduler()
        await wait_all_final(database, JOBS)
        await eventually(lambda: all(heard.get(one, set()) >= TOLD for one in ids), what="all events are heard")
        over.set()
        listener.join(60)
    assert "echo" in names, "Flower shows a job by its type"
