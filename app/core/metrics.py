"""Every counter and histogram that the rooms raise, by its Prometheus name; knows nobody.

A label's values are few and known beforehand: never an id, an owner, a path as it was asked for, or an error's text.
All processes share these definitions; each raises its own, at zero as soon as it knows the labels' values.
"""

from collections import Counter as Count
from collections.abc import Iterable
from itertools import product

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

from app import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]  # else each series has a twin with the time of its birth

HTTP_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
WORK_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
PASS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)

BUILD = Info("headrace_build", "The version that runs.")
BUILD.info({"version": __version__})

# Every process
DATABASE_OPEN = Gauge("headrace_database_connections_open", "Connections to PostgreSQL that are open.")
DATABASE_WAITING = Gauge("headrace_database_connections_waiting", "Who waits for a connection to PostgreSQL now.")
REDIS_OPEN = Gauge("headrace_redis_connections_open", "Connections to Redis that are open, without Celery's own.")
REDIS_IN_USE = Gauge("headrace_redis_connections_in_use", "Connections to Redis that are in use now.")
DATABASE_IN_USE = Gauge("headrace_database_connections_in_use", "Connections to PostgreSQL that are in use now.")
DATABASE_MAX = Gauge("headrace_database_connections_max", "The most connections that this process opens.")
DATABASE_ERRORS = Counter(
    "headrace_database_errors_total", "Statements that failed: PostgreSQL away, its disk full, or another.", ["kind"]
)

# API
HTTP_REQUESTS = Counter(
    "headrace_http_requests_total",
    "Answers by method, route template and class of status.",
    ["method", "route", "status"],
)
HTTP_DURATION = Histogram(
    "headrace_http_request_duration_seconds",
    "Time until an answer begins.",
    ["method", "route"],
    buckets=HTTP_S,
)
WRONG_CREDENTIALS = Counter(
    "headrace_wrong_credentials_total",
    "Wrong credentials: wrong, repeated (its address showed it before), refused (not looked at), dead (no guess).",
    ["kind", "result"],
)
PREVIOUS_TOKEN_USES = Counter("headrace_previous_token_uses_total", "Requests with SERVICE_TOKEN_PREVIOUS.")
LIMITED = Counter("headrace_requests_limited_total", "Requests refused by a limit of requests.", ["limit"])
UNCOUNTED = Counter(
    "headrace_requests_uncounted_total",
    "What came while Redis, which counts it, was away: passed (requests), refused (sign-ins by password).",
    ["result"],
)
SUBMITTED = Counter("headrace_jobs_submitted_total", "Jobs that were stored.", ["type"])

# API and scheduler: the API sends a new job itself while its queue has no backlog.
SENT = Counter("headrace_messages_sent_total", "Messages that were put on the broker's lists.", ["queue"])
NOT_SENT = Counter(
    "headrace_messages_failed_total",
    "Messages that the broker did not take; the scheduler sends them again.",
    ["queue"],
)

# Worker
CLAIMS = Counter(
    "headrace_claims_total",
    "Messages by what they brought: a job (claimed), or one that is done or not due.",
    ["result"],
)
RUNNING = Gauge("headrace_attempts_running", "Attempts that run now.")
DEAF_S = Gauge(
    "headrace_worker_deaf_seconds", "For how long the broker has held messages for free slots and delivered none."
)
ATTEMPTS = Counter(
    "headrace_attempts_total",
    "Attempts that ended: completed, failed, cancelled, retry, released, lost, stale or unrecorded.",
    ["type", "outcome"],
)
ATTEMPT_DURATION = Histogram(
    "headrace_attempt_duration_seconds", "Time from a claim to the attempt's outcome.", ["type"], buckets=WORK_S
)
MODEL_CALLS = Counter(
    "headrace_model_calls_total",
    "Calls of a model: ok, cancelled, crashed, or the kind of error.",
    ["provider", "model", "result"],
)
MODEL_DURATION = Histogram(
    "headrace_model_call_duration_seconds",
    "Time of a call of a model, without the wait for a place.",
    ["provider", "model"],
    buckets=WORK_S,
)
MODEL_WAIT = Histogram(
    "headrace_model_wait_seconds", "Time a call waited for a place.", ["provider", "model"], buckets=WORK_S
)
MODEL_TOKENS = Counter(
    "headrace_model_tokens_total", "Tokens as the provider counts them.", ["provider", "model", "kind"]
)
NOT_ADMITTED = Counter(
    "headrace_calls_not_admitted_total",
    "Calls that were not made, and their jobs given back: quota, breaker, places.",
    ["provider", "model", "reason"],
)
ADMITTED_ALONE = Counter(
    "headrace_calls_admitted_alone_total",
    "Calls that a worker admitted by its share of the quota, because Redis was away.",
    ["provider", "model"],
)
BREAKER_CHANGES = Counter(
    "headrace_breaker_changes_total",
    "Changes of breakers: opened, probed, reopened, closed; model is empty for a provider's own.",
    ["provider", "model", "change"],
)

# Scheduler
RESCUED = Counter(
    "headrace_jobs_rescued_total", "Jobs taken from a worker that is gone, by what they became.", ["status"]
)
EXPIRED = Counter("headrace_jobs_expired_total", "Jobs whose deadline passed while they waited.")
RESENT = Counter(
    "headrace_jobs_resent_total", "Jobs sent again: the broker came back empty, or their message was lost.", ["reason"]
)
BACKLOGGED = Gauge(
    "headrace_queue_backlogged", "1 while a queue has more due jobs than the broker's buffer has room for.", ["queue"]
)
PASS_DURATION = Histogram(
    "headrace_scheduler_pass_duration_seconds",
    "Time of one pass of the scheduler: dispatch, rescue, expire or roll_up.",
    ["part"],
    buckets=PASS_S,
)
SCHEDULER_ERRORS = Counter(
    "headrace_scheduler_errors_total",
    "Passes of the scheduler that failed, by duty: dispatch, rescue, expire ...; broker: nothing sent, Redis is away.",
    ["part"],
)


def begin(metric: Counter | Histogram, *values: Iterable[str]) -> None:
    """Show a metric at zero for every combination of its labels' values.

    Prometheus sees a rise only from a value that it saw before: one that is born at 1 never rose, and the alert on the
    first event is silent.
    """
    for labels in product(*map(tuple, values)):
        metric.labels(*labels)


def add_each(counter: Counter, values: Iterable[str]) -> None:
    """Raise a counter with one label by one for each value, with one look-up for each that differs."""
    for value, count in Count(values).items():
        counter.labels(value).inc(count)
