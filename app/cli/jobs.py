"""Commands for jobs that are there, over the public HTTP API alone: show, result, wait, cancel, retry, rm."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import PROGRAM, Application
from app.cli.calls import (
    AsJson,
    JobId,
    JobIds,
    Output,
    Url,
    connect,
    ids_of,
    job_path,
)
from app.cli.exit_codes import COMPLETED_CODE, INTERRUPTED_CODE, NOT_COMPLETED_CODE, TIMED_OUT, UNREACHABLE
from app.cli.output import json_text, note, print_json

Timeout = Annotated[
    str | None, typer.Option(metavar="DURATION", help="Wait no longer than 90s, 15m, 2h; the jobs go on. Exit code 4.")
]

group = application.group(help="List, show, wait for, change, cancel, retry and delete jobs.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="jobs")


@group.command("show")
def show_job(
    job_id: JobId,
    *,
    thoughts: Annotated[
        bool, typer.Option("--thoughts", help="Also what its model thought, where it is kept.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Show a job with its history and its result."""
    from app.cli import show_jobs  # noqa: PLC0415

    job = connect(url).call("GET", job_path(job_id))
    if as_json:
        print_json(job)
    else:
        typer.echo(show_jobs.job(job, thoughts=thoughts))


@group.command(
    examples="""
    jobs result JOB_ID | jq .summary
    jobs result JOB_ID --field summary
    jobs result JOB_ID --wait --output result.json
    """
)
def result(
    job_id: JobId,
    *,
    field: Annotated[
        str, typer.Option(metavar="NAME", help="Only this field, such as summary or fields.total; a text as it is.")
    ] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait for its end first.")] = False,
    output: Output = "",
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Print a job's result and nothing else. Exit code: 0 completed, 1 not, or not yet; its error is on stderr."""
    from app.cli import waiting  # noqa: PLC0415
    from app.cli.output import check_place  # noqa: PLC0415

    check_place(output)
    client = connect(url)
    job = client.call("GET", job_path(job_id))
    if wait:
        job = _until_final(client, job, timeout_s=None, quiet=as_json)
    if job["status"] not in waiting.FINAL:
        message = f"the job is {job['status']}: `{PROGRAM} jobs wait {job_id}` waits for its end"
        raise _not_completed(message)
    _end(job, field=field, output=output, as_json=as_json)


@group.command(
    "wait",
    examples="""
    jobs wait JOB_ID
    jobs wait JOB_ID OTHER_ID --timeout 10m
    submit summarize --batch articles.jsonl | headrace jobs wait -
    """,
)
def wait_for(job_ids: JobIds, *, timeout: Timeout = None, as_json: AsJson = False, url: Url = "") -> None:
    """Wait until all of these jobs have ended, and say how.

    Exit code: 0 all completed, 1 some failed or cancelled, 2 refused, 3 no API, 4 --timeout is over.
    """
    from app.cli import values  # noqa: PLC0415

    timeout_s = values.seconds(timeout) if timeout else None
    end_of_all(connect(url), list(ids_of(job_ids)), timeout_s=timeout_s, as_json=as_json)


@group.command()
def cancel(job_ids: JobIds, *, as_json: AsJson = False, url: Url = "") -> None:
    """Cancel jobs; a running one is interrupted."""
    _act(job_ids, "cancel", as_json=as_json, url=url)


@group.command()
def retry(job_ids: JobIds, *, as_json: AsJson = False, url: Url = "") -> None:
    """Run failed or cancelled jobs again."""
    _act(job_ids, "retry", as_json=as_json, url=url)


@group.command("rm")
def remove(
    job_ids: JobIds,
    *,
    force: Annotated[bool, typer.Option("--force", help="Cancel it first when it is running.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Delete jobs."""
    client = connect(url)
    query = {"force": "true"} if force else None

    def delete(job_id: str) -> None:
        client.call("DELETE", job_path(job_id), query=query)
        if as_json:
            print_json({"id": job_id, "deleted": True})
        else:
            typer.echo(f"job {job_id} is deleted")

    _each(job_ids, delete, as_json=as_json)


def _act(job_ids: list[str], verb: str, *, as_json: bool, url: str) -> None:
    client = connect(url)

    def act(job_id: str) -> None:
        job = client.call("POST", f"{job_path(job_id)}/{verb}")
        if as_json:
            print_json(job)
        else:
            typer.echo(f"job {job_id} is {job['status']}")

    _each(job_ids, act, as_json=as_json)


def _each(job_ids: list[str], act: Callable[[str], None], *, as_json: bool) -> None:
    """Do something with each of some jobs; what one refuses is told, and the others have their turn."""
    from app.cli.client import CallError  # noqa: PLC0415
    from app.cli.wording import Given, reworded  # noqa: PLC0415

    given = list(job_ids)
    code = COMPLETED_CODE
    for job_id in ids_of(given):
        try:
            act(job_id)
        except CallError as error:
            if error.exit_code == UNREACHABLE or given == [job_id]:
                raise
            code = error.exit_code
            said = str(reworded(error, Given({"job_id": "JOB_ID"}, {"job_id": job_id})))
            note(json_text({"error": {"id": job_id, "message": said}}) if as_json else f"error: {job_id}: {said}")
    raise typer.Exit(code)


def end_of_all(
    client: Any, job_ids: list[str], *, timeout_s: float | None, as_json: bool, is_less: bool = False
) -> None:
    """Wait for many jobs, print how each ended, and end with the exit code of all; `is_less` than were wanted."""
    from app.cli import show_jobs, waiting  # noqa: PLC0415

    ended: list[Any] = []
    try:
        for job in waiting.each_final(client, job_ids, timeout_s=timeout_s, quiet=as_json):
            ended.append(job)
            if not as_json:
                typer.echo(f"{job['id']}  {show_jobs.ending(job)}")
    except waiting.TimeIsOver:
        if as_json:
            print_json({"items": ended})
        left = len(job_ids) - len(ended)
        note(f"{left} of {len(job_ids)} had not ended within the time; they go on", quiet=as_json)
        raise typer.Exit(TIMED_OUT) from None
    except KeyboardInterrupt:
        note("the jobs go on", quiet=as_json)
        raise typer.Exit(INTERRUPTED_CODE) from None
    if as_json:
        print_json({"items": ended})
    failed = is_less or any(job["status"] != "completed" for job in ended)
    raise typer.Exit(NOT_COMPLETED_CODE if failed else COMPLETED_CODE)


def wait_and_print(client: Any, job: Any, *, timeout_s: float | None, output: str, as_json: bool) -> None:
    """Wait for one job, print its result or why there is none, and end with its exit code."""
    job = _until_final(client, job, timeout_s=timeout_s, quiet=as_json)
    if as_json and not output:
        print_json(job)
        raise typer.Exit(COMPLETED_CODE if job["status"] == "completed" else NOT_COMPLETED_CODE)
    _end(job, output=output, as_json=as_json)


def _until_final(client: Any, job: Any, *, timeout_s: float | None, quiet: bool) -> Any:
    from app.cli import waiting  # noqa: PLC0415

    try:
        return waiting.until_final(client, job, timeout_s=timeout_s, quiet=quiet)
    except waiting.TimeIsOver:
        code = TIMED_OUT
    except KeyboardInterrupt:
        code = INTERRUPTED_CODE
    note(f"the job goes on: {PROGRAM} jobs wait {job['id']}", quiet=quiet)
    raise typer.Exit(code)


def _end(job: Any, *, field: str = "", output: str = "", as_json: bool) -> None:
    """Deliver the result of a job that has ended; of one without, say why, on standard error."""
    from app.cli import show_jobs  # noqa: PLC0415
    from app.cli.output import deliver  # noqa: PLC0415

    if job["status"] == "completed":
        deliver(show_jobs.part(job["result"], field), output)
        raise typer.Exit(COMPLETED_CODE)
    if as_json:
        raise _not_completed(show_jobs.outcome(job))
    typer.echo(show_jobs.outcome(job), err=True)
    if job.get("result") is not None:
        typer.echo(f"what was done all the same: {PROGRAM} jobs show {job['id']}", err=True)
    raise typer.Exit(NOT_COMPLETED_CODE)


def _not_completed(message: str) -> Exception:
    from app.cli.client import CallError  # noqa: PLC0415

    return CallError(message, exit_code=NOT_COMPLETED_CODE)
