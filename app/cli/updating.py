"""The command that changes a job that waits, over the public HTTP API alone."""

from typing import Annotated, Any

import typer

from app.cli import values
from app.cli.calls import AsJson, JobId, Url, connect, job_path
from app.cli.jobs import group as jobs
from app.cli.output import print_json
from app.cli.submit import Priority


def register() -> None:
    """Add the command to those for jobs."""
    examples = """
        jobs update 01a20123-bbea-75c3-81d6-1534d4a42e52 --priority high --queue gpu
        jobs update 01a20123-bbea-75c3-81d6-1534d4a42e52 --run-at now
        """
    jobs.command("update", examples=examples)(update)


def update(
    job_id: JobId,
    *,
    priority: Annotated[Priority | None, typer.Option(help="How urgent it is.")] = None,
    queue: Annotated[str | None, typer.Option(help="The queue, one of QUEUES.")] = None,
    run_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Not before: 2026-01-31T09:00 of this machine's zone, or now.")
    ] = None,
    delay: Annotated[str | None, typer.Option(metavar="DURATION", help="Not before that: 90s, 15m, 2h, 1d.")] = None,
    deadline: Annotated[
        str | None, typer.Option(metavar="DURATION", help="It ends, done or not, so long after its start.")
    ] = None,
    max_attempts: Annotated[int | None, typer.Option(min=1, max=25, help="After so many it has failed.")] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="In the place of what was there; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Change a job that waits. One that runs, or has ended, is refused."""
    is_now = run_at == "now"
    body: dict[str, Any] = {
        "priority": priority and priority.value,
        "queue": queue,
        "run_at": values.moment(run_at) if run_at and not is_now else None,
        "delay_s": 0 if is_now else delay and values.seconds(delay),
        "deadline_s": deadline and round(values.seconds(deadline)),
        "max_attempts": max_attempts,
        "metadata": values.pairs(metadata, "--metadata") or None,
    }
    given = {name: value for name, value in body.items() if value is not None}
    if not given:
        raise typer.BadParameter("name what is to change, such as --priority high")
    job = connect(url).call("PATCH", job_path(job_id), body=given)
    if as_json:
        print_json(job)
    else:
        typer.echo(f"job {job['id']} is {job['status']}, {job['priority']} in {job['queue']}, due {job['run_at']}")
