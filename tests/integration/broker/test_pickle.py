"""What lies in the broker was perhaps written by others: a worker reads JSON alone, and runs nothing that it says."""

import base64
import json
import pickle
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from app.core.broker_messages import RUN_TASK
from app.core.database import Database
from app.core.redis import PREFIX
from app.core.settings import Settings
from tests.rig.held import Broker
from tests.rig.stack import eventually, running


class Touch:
    """An object that writes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def message(body: bytes, content_type: str) -> str:
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-type": content_type,
            "content-encoding": "binary",
            "headers": {"lang": "py", "task": RUN_TASK, "id": str(uuid4()), "argsrepr": "()", "kwargsrepr": "{}"},
            "properties": {
                "body_encoding": "base64",
                "correlation_id": str(uuid4()),
                "delivery_tag": str(uuid4()),
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": "default"},
                "priority": 0,
            },
        }
    )


async def test_a_pickled_message_is_dropped_and_not_read(
    settings: Settings, database: Database, broker: Broker, tmp_path: Path
) -> None:
    mark = tmp_path / "was-read"
    pickled = pickle.dumps([[Touch(mark)], {}, {}])
    pickle.loads(pickled)
    mark.unlink()
    async with running(settings, tmp_path) as stack:
        await stack.worker()
        for content_type in ("application/x-python-serialize", "application/json", "application/x-yaml"):
            broker.redis.lpush(f"{PREFIX}default", message(pickled, content_type))
        api = await stack.api()
        stack.scheduler()
        await api.post("/api/v1/jobs", json={"type": "echo", "input": {"message": "hello"}})

        async def is_done() -> bool:
            return await database.row(text("SELECT id FROM jobs WHERE status = 'completed'")) is not None

        await eventually(is_done, what="the job behind them completes")
        assert broker.redis.llen(f"{PREFIX}default") == 0
    assert not mark.exists()
