"""Commands for jobs, over the public HTTP API alone: submit, jobs ls, show, cancel, retry, rm."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import application, job_input
from app.cli.application import Application
from app.cli.exit_codes import COMPLETED_CODE, INTERRUPTED_CODE, NOT_COMPLETED_CODE

PAGE_LIMIT = 100

Url = Annotated[
    str, typer.Option("--url", envvar="HEADRACE_URL", help="The API's base URL; by default this machine's stack.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JobId = Annotated[str, typer.Argument(help="The job's id.")]

group = application.group(help="List, show, cancel, retry and delete jobs.")


class Priority(StrEnum):
    """How urgent a job is."""

    HIGH = "high"
    DEFAULT = "default"
    LOW = "low"


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.command()(submit)
    app.add_typer(group, name="jobs")


def submit(
    job_type: Annotated[str, typer.Argument(metavar="TYPE", help="summarize, translate, classify, file, echo, ...")],
    *,
    text: Annotated[str | None, typer.Option(help="The text to work on.")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            help="A file, - for standard input: plain text in UTF-8 is sent as text, any other file is uploaded; one"
            " that is not here is taken from the server's files folder. It is said on stderr which."
        ),
    ] = None,
    upload: Annotated[
        Path | None, typer.Option(help="A file that is uploaded, whatever it is.", show_default=False)
    ] = None,
    path: Annotated[str | None, typer.Option(help="A file of the server's files folder.")] = None,
    pages: Annotated[str | None, typer.Option(help="Of a file: one page or a range, such as 3 or 1-5.")] = None,
    whole: Annotated[str | None, typer.Option("--input", help="The whole input, as a JSON object.")] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One field of the input; JSON, else text.")
    ] = None,
    categories: Annotated[str | None, typer.Option(help="For classify: a,b,c")] = None,
    target_language: Annotated[str | None, typer.Option(help="For translate.")] = None,
    priority: Annotated[Priority, typer.Option(help="How urgent it is.")] = Priority.DEFAULT,
    delay: Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="Do not start it before.")] = None,
    queue: Annotated[str | None, typer.Option(help="The queue, one of QUEUES.")] = None,
    max_attempts: Annotated[int | None, typer.Option(min=1, max=25, help="After so many it has failed.")] = None,
    max_crashes: Annotated[
        int | None, typer.Option(min=1, max=25, help="After so many workers lost while it ran it has failed.")
    ] = None,
    max_refusals: Annotated[
        int | None, typer.Option(min=1, help="After so many refusals for the provider's limit (429) it has failed.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="A model or an alias of providers.toml.")] = None,
    max_cost_usd: Annotated[
        float | None, typer.Option(help="Make no call that may take the job's cost above this.")
    ] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="The same key makes the same job only once.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end and print the result.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Submit a job. Exit code: 0 accepted or completed, 1 failed or cancelled, 2 refused, 3 API not reachable."""
    ways = {"--text": text, "--file": file, "--upload": upload, "--path": path}
    if len(chosen := [way for way, value in ways.items() if value is not None]) > 1:
        raise typer.BadParameter(f"give one of {' and '.join(chosen)}, not both")
    client = connect(url)
    body: dict[str, Any] = {
        "type": job_type,
        "input": job_input.build(
            job_type,
            whole=whole,
            text=text,
            file=_file_fields(client, job_type, file=file, upload=upload, path=path),
            pages=pages,
            categories=categories,
            target_language=target_language,
            assignments=assignments,
        ),
        "priority": priority.value,
        "delay_s": delay,
        "queue": queue,
        "max_attempts": max_attempts,
        "max_crashes": max_crashes,
        "max_refusals": max_refusals,
        "model": model,
        "max_cost_usd": max_cost_usd,
    }
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    given = {name: value for name, value in body.items() if value is not None}
    job = client.call("POST", "/api/v1/jobs", body=given, headers=headers)
    if wait:
        _wait_and_print(client, job, as_json=as_json)
    elif as_json:
        print_json(job)
    else:
        typer.echo(f"job {job['id']} is {job['status']}; its end: python -m app jobs show {job['id']}")


@group.command("ls")
def list_jobs(
    *,
    status: Annotated[
        str | None, typer.Option(help="scheduled, pending, processing, completed, failed or cancelled.")
    ] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Only this type.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List jobs, the newest first."""
    from app.cli import show  # noqa: PLC0415

    items = collect(connect(url), "/api/v1/jobs", _given(status=status, type=job_type), limit=limit)
    if as_json:
        print_json({"items": items})
    else:
        typer.echo(show.jobs(items) if items else "no jobs")


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

    job = connect(url).call("GET", _path(job_id))
    if as_json:
        print_json(job)
    else:
        typer.echo(show_jobs.job(job, thoughts=thoughts))


@group.command()
def cancel(job_id: JobId, *, as_json: AsJson = False, url: Url = "") -> None:
    """Cancel a job; a running one is interrupted."""
    _act(job_id, "cancel", as_json=as_json, url=url)


@group.command()
def retry(job_id: JobId, *, as_json: AsJson = False, url: Url = "") -> None:
    """Run a failed or cancelled job again."""
    _act(job_id, "retry", as_json=as_json, url=url)


@group.command("rm")
def remove(
    job_id: JobId,
    *,
    force: Annotated[bool, typer.Option("--force", help="Cancel it first when it is running.")] = False,
    url: Url = "",
) -> None:
    """Delete a job."""
    connect(url).call("DELETE", _path(job_id), query={"force": "true"} if force else None)
    typer.echo(f"job {job_id} is deleted")


def connect(url: str) -> Any:
    """Return a client of the API at `url`, by default this machine's stack, with the token of the settings."""
    from app.cli.client import Client  # noqa: PLC0415
    from app.core.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    return Client(url or settings.api_url, settings.service_token.get_secret_value())


def _file_fields(
    client: Any, job_type: str, *, file: str | None, upload: Path | None, path: str | None
) -> dict[str, Any]:
    """Return the fields of the input that name a file, sent where it must be."""
    from app.cli import given_file  # noqa: PLC0415

    if upload is not None:
        return {"file_id": send_file(client, upload)["id"]}
    if path is not None:
        return {"input_file_path": path}
    return given_file.fields_of(job_type, file, client, send_file) if file is not None else {}


def send_file(client: Any, path: Path) -> dict[str, Any]:
    """Upload a file and return what the API knows of it. Raises: typer.BadParameter when it cannot be read."""
    try:
        stored: dict[str, Any] = client.upload("/api/v1/files", path)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from None
    return stored


def collect(client: Any, path: str, query: dict[str, str], *, limit: int) -> list[Any]:
    """Return up to `limit` items of a list, over as many pages as that takes."""
    items: list[Any] = []
    query = {"limit": str(min(limit, PAGE_LIMIT)), **query}
    while True:
        page = client.call("GET", path, query=query)
        items += page["items"]
        if len(items) >= limit or not page.get("next_cursor"):
            return items[:limit]
        query["cursor"] = page["next_cursor"]


def _path(job_id: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415

    return f"/api/v1/jobs/{quote(job_id, safe='')}"


def _act(job_id: str, verb: str, *, as_json: bool, url: str) -> None:
    job = connect(url).call("POST", f"{_path(job_id)}/{verb}")
    if as_json:
        print_json(job)
    else:
        typer.echo(f"job {job_id} is {job.get('status')}")


def _wait_and_print(client: Any, job: dict[str, Any], *, as_json: bool) -> None:
    from app.cli import show_jobs, waiting  # noqa: PLC0415

    try:
        job = waiting.until_final(client, job)
    except KeyboardInterrupt:
        typer.echo(f"the job goes on: python -m app jobs show {job['id']}", err=True)
        raise typer.Exit(INTERRUPTED_CODE) from None
    completed = job["status"] == "completed"
    if as_json:
        print_json(job)
    else:
        typer.echo(show_jobs.outcome(job), err=not completed)
        if not completed and job.get("result") is not None:
            typer.echo(f"what was done all the same: python -m app jobs show {job['id']}", err=True)
    raise typer.Exit(COMPLETED_CODE if completed else NOT_COMPLETED_CODE)


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def print_json(value: object) -> None:
    """Print a value for a program."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
