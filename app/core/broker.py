"""THE Celery application: its settings, and the form of its messages and lists on Redis.

Knows nothing of jobs. Retries, due times and results live in PostgreSQL, so all of Celery's own are off.
"""

import json
from base64 import b64encode
from functools import lru_cache
from typing import Any
from uuid import UUID

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES
from uuid_utils import uuid4

from app.core.redis import PREFIX
from app.core.redis_url import parse
from app.core.settings import get_settings

RUN_TASK = "jobs.run"
PRIORITY_STEPS = (0, 3, 6, 9)
STEP_SEPARATOR = "\x06\x16"


def _configuration() -> dict[str, Any]:
    settings = get_settings().need("redis_url")
    broker = parse(settings.redis_url.get_secret_value()).celery()
    return {
        **broker,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # recovery is the lease, never the broker
        "worker_prefetch_multiplier": 1,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # the default gives up after 100
        "broker_connection_timeout": 2,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_send_task_events": True,
        "worker_consumer": "app.core.consumer:Consumer",
        "worker_pool": "app.core.loop_pool:LoopPool",
        "worker_enable_prefetch_count_reduction": False,  # the pool says how many it can run
        "task_send_sent_event": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "task_publish_retry": False,
        "task_default_queue": settings.queues[0],
        "broker_transport_options": broker["broker_transport_options"]
        | {
            "global_keyprefix": PREFIX,
            "fanout_patterns": False,  # a user who may listen to headrace:* may not listen to headrace:x*
            "priority_steps": list(PRIORITY_STEPS),
            "queue_order_strategy": "priority",
            "visibility_timeout": 3600,  # must be the same in every consuming process
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 5,  # without it a worker never resumes after a silent partition
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.1,
            "interval_max": 0.2,
        },
    }


_Base: Any = Celery  # its types leave out what is its own


class _Application(_Base):  # type: ignore[misc]
    """Celery's application, whose broker is that of the settings whatever CELERY_BROKER_URL says."""

    def _connection(self, url: str, **given: Any) -> Any:
        del url
        return super()._connection(self.conf.first("broker_url"), **given)


# By the names of the schemes: kombu, Celery and Flower derive from them what a connection is, TLS included.
TRANSPORT_ALIASES.update(
    {
        "redis": "app.core.transport:Transport",
        "rediss": "app.core.transport:Transport",
        "sentinel": "app.core.transport:SentinelTransport",
    }
)
celery: Celery = _Application("headrace")
celery.add_defaults(_configuration)  # a callable: read when first needed, never at import


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
