"""The baseline of `bench_drain`: stock Celery, as it comes, with a task that does nothing."""

from celery import Celery

from app.core.settings import get_settings

QUEUE = "stock"
NOOP = "stock.noop"
celery = Celery("stock")
celery.add_defaults(
    lambda: {
        "broker_url": get_settings().redis_url.get_secret_value(),
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
    }
)


@celery.task(name=NOOP)
def noop(job_id: str) -> None:
    """Do nothing with an id."""
