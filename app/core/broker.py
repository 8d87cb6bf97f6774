"""THE Celery application, and its settings.

Knows nothing of jobs. Retries, due times and results live in PostgreSQL, so all of Celery's own are off.
"""

from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from app.core.broker_messages import PRIORITY_STEPS
from app.core.redis import PREFIX
from app.core.redis_url import parse
from app.core.settings import get_settings


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
