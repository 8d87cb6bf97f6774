"""How many files and connections this process may have open, and how many a worker needs."""

import resource
import sys

from app.core.settings import Settings, SettingsError

SPARE = 200


def needed(settings: Settings) -> int:
    """Return how many files a worker with these settings has open at most: two connections for each job, and more."""
    return 2 * settings.worker_concurrency + settings.database_pool_size + SPARE


def allowed() -> int:
    """Return how many this account may have open; a process raises its own limit up to that."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return sys.maxsize if most == resource.RLIM_INFINITY else most


def allow(settings: Settings) -> None:
    """Raise this process's limit to what it needs: many systems give 1,024, where a thousand jobs would end a worker.

    Raises: SettingsError when the account may not have so many.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = needed(settings)
    if allowed() < most:
        raise SettingsError(
            f"WORKER_CONCURRENCY: {settings.worker_concurrency} jobs at once need {most} open files, and this account "
            f"may have {allowed()}: raise its limit (LimitNOFILE, ulimit -Hn), or set it lower"
        )
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
