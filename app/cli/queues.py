"""Commands for queues and job types, over the public HTTP API alone: ls, pause, resume, limit, backlog; and explain."""

from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import PROGRAM, Application
from app.cli.calls import AsJson, JobId, Url, connect, job_path, path_of
from app.cli.jobs import group as jobs
from app.cli.output import print_json

Name = Annotated[str, typer.Argument(help="The queue's name, or with --type the job type's.")]
IsType = Annotated[bool, typer.Option("--type", help="NAME is a job type.")]

group = application.group(help="List queues and job types; pause, resume and limit them.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="queues")
    jobs.command()(explain)


@group.command("ls")
def list_queues(*, as_json: AsJson = False, url: Url = "") -> None:
    """List queues and job types: what waits and runs of each, pauses and limits."""
    from app.cli import show  # noqa: PLC0415

    answer = connect(url).call("GET", "/api/v1/queues")
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.queues(answer))


@group.command()
def backlog(
    name: Annotated[str, typer.Argument(help="The queue's name.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List the jobs that are due and wait in a queue, the next one first."""
    from app.cli import show  # noqa: PLC0415

    page = connect(url).call("GET", f"{path_of('queues', name)}/jobs", query={"limit": str(limit)})
    if as_json:
        print_json(page)
    else:
        typer.echo(show.jobs(page["items"]) if page.get("items") else f"no job waits in {name}")


@group.command()
def pause(name: Name, *, is_type: IsType = False, as_json: AsJson = False, url: Url = "") -> None:
    """Let no job start; running ones go on, submits are accepted."""
    _control("POST", name, "pause", None, is_type=is_type, as_json=as_json, url=url)


@group.command()
def resume(name: Name, *, is_type: IsType = False, as_json: AsJson = False, url: Url = "") -> None:
    """Let jobs start again, at once."""
    _control("POST", name, "resume", None, is_type=is_type, as_json=as_json, url=url)


@group.command()
def limit(
    name: Name,
    max_running: Annotated[str, typer.Argument(metavar="N|none", help="How many at once; none takes the limit away.")],
    *,
    is_type: IsType = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Let at most N jobs run at once, over all workers."""
    if max_running != "none" and not max_running.isdecimal():
        raise typer.BadParameter(f"{max_running!r} is neither a number nor none", param_hint="N|none")
    if max_running != "none" and int(max_running) == 0:
        hint = f"queues pause {name}{' --type' if is_type else ''}"
        raise typer.BadParameter(f"a limit is 1 or more; `{PROGRAM} {hint}` lets none start", param_hint="N|none")
    body = {"max_running": None if max_running == "none" else int(max_running)}
    _control("PUT", name, "limit", body, is_type=is_type, as_json=as_json, url=url)


def explain(job_id: JobId, *, as_json: AsJson = False, url: Url = "") -> None:
    """Say why a job waits, and when it should start."""
    from app.cli import show  # noqa: PLC0415

    answer = connect(url).call("GET", f"{job_path(job_id)}/explain")
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.explanation(answer))


def _control(
    method: str, name: str, verb: str, body: dict[str, Any] | None, *, is_type: bool, as_json: bool, url: str
) -> None:
    from app.cli import show  # noqa: PLC0415

    place = "job-types" if is_type else "queues"
    answer = connect(url).call(method, f"{path_of(place, name)}/{verb}", body=body)
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{name}: {show.control(answer)}, {answer['running']} running")
