"""The worker of `bench_latency`'s baselines: a stock Celery task that writes down when it started."""

from celery import Celery
from redis import Redis

from app.core.clock import utc_now
from app.core.settings import get_settings
from load_test.peers_submit import QUEUE, TASK

STARTED = "naive-started"
celery = Celery("naive")
celery.add_defaults(
    lambda: {
        "broker_url": get_settings().redis_url.get_secret_value(),
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
    }
)


@celery.task(name=TASK)
def started(_job_id: str) -> None:
    """Put the time of this start onto a list."""
    started_at = utc_now().timestamp()
    with Redis.from_url(get_settings().redis_url.get_secret_value()) as redis:
        redis.lpush(STARTED, started_at)
