"""The form of messages and lists on Redis, as Celery and kombu have it; without either, for who only sends.

Knows nothing of jobs.
"""

import json
from base64 import b64encode
from functools import lru_cache
from uuid import UUID

from uuid_utils import uuid4

from app.core.redis import PREFIX

RUN_TASK = "jobs.run"
PRIORITY_STEPS = (0, 3, 6, 9)
STEP_SEPARATOR = "\x06\x16"


def priority_step(priority: int) -> int:
    """Return the step under which kombu files a priority: the largest that is not above it."""
    return max(step for step in PRIORITY_STEPS if step <= priority)


def list_key(queue: str, step: int) -> str:
    """Return the Redis key of a queue's list for one priority step. Source: kombu 5.7, transport.redis."""
    return f"{PREFIX}{queue}{STEP_SEPARATOR}{step}" if step else f"{PREFIX}{queue}"


def encode_message(job_id: UUID, *, attempt: int, job_type: str, queue: str, priority: int) -> bytes:
    """Return the Celery message that asks a worker to run a job, as kombu puts it on a list.

    It carries the job's id alone; `shadow` makes Flower show the job's type. A test pins it to Celery's own form.
    """
    job = str(job_id)
    values = {
        "job": job,
        "task": f"{job}:{attempt}",
        "body": b64encode(_BODY.replace("job", job).encode()).decode(),
        "delivery": uuid4(),  # names this delivery, so that one ack never takes another's
    }
    return (_form(job_type, queue, priority) % values).encode()


_BODY = json.dumps([["job"], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])


@lru_cache(maxsize=256)
def _form(job_type: str, queue: str, priority: int) -> str:
    """Return what the messages of one kind of job have in common, as a format for the rest of each."""
    job_type, queue = (text.replace("%", "%%") for text in (job_type, queue))
    message = {
        "body": "%(body)s",
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": RUN_TASK,
            "id": "%(task)s",
            "shadow": job_type,
            "eta": None,
            "expires": None,
            "group": None,
            "group_index": None,
            "retries": 0,
            "timelimit": [None, None],
            "root_id": "%(task)s",
            "parent_id": None,
            "argsrepr": "('%(job)s',)",
            "kwargsrepr": "{}",
            "origin": "headrace",
            "ignore_result": True,
            "replaced_task_nesting": 0,
            "stamped_headers": None,
            "stamps": {},
        },
        "properties": {
            "correlation_id": "%(task)s",
            "reply_to": "",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": priority,
            "body_encoding": "base64",
            "delivery_tag": "%(delivery)s",
        },
    }
    return json.dumps(message)
