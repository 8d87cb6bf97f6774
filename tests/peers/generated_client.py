"""A program over a client that openapi-python-client made: `python -m generated_client URL TOKEN`.

It submits, reads, pages and meets errors, and prints what it saw as JSON. It knows nothing of this project's code.
"""

import json
import sys
from typing import Any

from headrace_client import AuthenticatedClient, Client  # type: ignore[import-not-found]  # made beside it by the test
from headrace_client.api.health import get_liveness  # type: ignore[import-not-found]
from headrace_client.api.jobs import (  # type: ignore[import-not-found]
    get_job,
    list_jobs,
    submit_job,
    submit_jobs,
)
from headrace_client.models import (  # type: ignore[import-not-found]
    BatchCreate,
    JobCreate,
    JobCreateInput,
    Problem,
)

UNKNOWN = "01a2007e-55ab-75a9-938d-01e576015f74"


def echo(message: str) -> Any:
    """Return a job."""
    return JobCreate(type_="echo", input_=JobCreateInput.from_dict({"message": message}))


def pages(client: Any) -> list[list[str]]:
    """Return the ids of all jobs, two a page."""
    found: list[list[str]] = []
    cursor = None
    while True:
        page = list_jobs.sync(client=client, limit=2, cursor=cursor)
        found.append([str(job.id) for job in page.items])
        cursor = page.next_cursor
        if not cursor:
            return found


def problem(answer: Any) -> Any:
    """Return what an error says; each is of the one class."""
    assert isinstance(answer, Problem), answer
    return {"status": answer.status, "code": answer.code, "errors": bool(answer.errors)}


def main(url: str, token: str) -> None:
    """Run through it once."""
    client = AuthenticatedClient(base_url=url, token=token)
    one = submit_job.sync(client=client, body=echo("one"))
    batch = submit_jobs.sync(client=client, body=BatchCreate(jobs=[echo("two"), echo("three")]))
    seen = get_job.sync(one.id, client=client)
    wrong = JobCreate(type_="echo", input_=JobCreateInput.from_dict({}))
    found = {
        "submitted": [str(one.id), *(str(job.id) for job in batch.jobs)],
        "read": seen.input_.to_dict(),
        "pages": pages(client),
        "alive": get_liveness.sync(client=Client(base_url=url)).to_dict(),
        "not_found": problem(get_job.sync(UNKNOWN, client=client)),
        "invalid": problem(submit_job.sync(client=client, body=wrong)),
        "closed": problem(list_jobs.sync(client=AuthenticatedClient(base_url=url, token="wrong"))),
    }
    print(json.dumps(found))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
