"""The command that submits: one job from options, or as many as a file has lines."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import job_input
from app.cli.application import PROGRAM, Application
from app.cli.calls import AsJson, Output, Url, connect, send_file
from app.cli.client import Client
from app.cli.exit_codes import COMPLETED_CODE, NOT_COMPLETED_CODE
from app.cli.job_types import FILE_ID, FOLDER_PATH, JOB_TYPES, JobTypes
from app.cli.output import print_json


class Priority(StrEnum):
    """How urgent a job is."""

    HIGH = "high"
    DEFAULT = "default"
    LOW = "low"


def register(app: Application) -> None:
    """Add the command of this file."""
    app.command(
        examples="""
        submit summarize --file examples/article.txt --wait
        submit data_extraction --file bill.pdf --schema total:number,due:date --wait --output bill.json
        submit classify --text "I was charged twice." --categories billing,bug,question --metadata customer=42
        submit echo --text hello --run-at 2026-12-24T18:00 --deadline 2h
        submit summarize --batch articles.jsonl --priority low > ids.txt
        """
    )(submit)


def submit(
    job_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="summarize, translate, classify, ...: `types` lists them.")
    ] = "",
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
    schema: Annotated[
        str | None,
        typer.Option(help="For data_extraction: name:type,name:type, or a JSON Schema, or the file that has one."),
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A job for each line of a file (JSON Lines or .csv), - for standard input. The other options count for"
            " each line that does not say otherwise. Called again, it makes no job twice (within 24 hours).",
        ),
    ] = None,
    refused: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --batch: write the lines that were refused to a file.")
    ] = None,
    priority: Annotated[Priority, typer.Option(help="How urgent it is.")] = Priority.DEFAULT,
    run_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Not before: 2026-01-31T09:00, in this machine's zone.")
    ] = None,
    delay: Annotated[str | None, typer.Option(metavar="DURATION", help="Not before that: 90s, 15m, 2h, 1d.")] = None,
    deadline: Annotated[
        str | None, typer.Option(metavar="DURATION", help="So long after its start time it ends, done or not.")
    ] = None,
    timeout: Annotated[str | None, typer.Option(metavar="DURATION", help="For one attempt.")] = None,
    queue: Annotated[str | None, typer.Option(help="The queue, one of QUEUES.")] = None,
    max_attempts: Annotated[int | None, typer.Option(min=1, max=25, help="After so many it has failed.")] = None,
    max_refusals: Annotated[
        int | None, typer.Option(min=1, help="After so many refusals for the provider's limit (429) it has failed.")
    ] = None,
    max_crashes: Annotated[
        int | None, typer.Option(min=1, max=25, help="After so many workers lost while it ran it has failed.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="A model or an alias of providers.toml.")] = None,
    max_cost_usd: Annotated[
        float | None,
        typer.Option("--max-cost", "--max-cost-usd", help="Make no call that may take the job's cost above it (USD)."),
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Yours to keep, and to find it by; may be repeated.")
    ] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="The same key makes the same job only once.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end and print the result.")] = False,
    wait_timeout: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Wait no longer; the job goes on. Exit code 4.")
    ] = None,
    output: Output = "",
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Submit a job, or with --batch one for each line of a file.

    Exit code: 0 accepted or completed, 1 failed, cancelled or lines refused, 2 refused, 3 no API, 4 --wait-timeout.
    """
    from app.cli import values  # noqa: PLC0415
    from app.cli.output import check_place  # noqa: PLC0415

    _check(job_type, batch=batch, refused=refused, ways={"text": text, "file": file, "upload": upload, "path": path})
    wait = wait or wait_timeout is not None
    if output and not wait:
        raise typer.BadParameter("--output needs --wait: there is no result yet")
    check_place(output)
    body: dict[str, Any] = {
        "type": job_type or None,
        "priority": priority.value,
        "run_at": values.moment(run_at) if run_at else None,
        "delay_s": values.seconds(delay) if delay else None,
        "deadline_s": _whole_seconds(deadline, "--deadline"),
        "timeout_s": _whole_seconds(timeout, "--timeout"),
        "queue": queue,
        "max_attempts": max_attempts,
        "max_refusals": max_refusals,
        "max_crashes": max_crashes,
        "model": model,
        "max_cost_usd": max_cost_usd,
        "metadata": values.pairs(metadata, "--metadata") or None,
    }
    client = connect(url)
    body["input"] = job_input.build(
        whole=whole,
        given=_given(client, job_type, text=text, file=file, upload=upload, path=path, quiet=as_json),
        pages=pages,
        categories=categories,
        target_language=target_language,
        schema=values.schema(schema) if schema is not None else None,
        assignments=assignments,
    )
    body = {name: value for name, value in body.items() if value is not None}
    limit_s = values.seconds(wait_timeout) if wait_timeout else None
    if batch is not None:
        from app.cli.batch import send  # noqa: PLC0415

        job_ids, refusals = send(client, batch, body, key=idempotency_key or "", refused=refused, as_json=as_json)
        if wait:
            from app.cli.jobs import end_of_all  # noqa: PLC0415

            end_of_all(client, job_ids, timeout_s=limit_s, as_json=as_json, is_less=refusals > 0)
        raise typer.Exit(NOT_COMPLETED_CODE if refusals else COMPLETED_CODE)
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    job = client.call("POST", "/api/v1/jobs", body=body, headers=headers)
    if wait:
        from app.cli.jobs import wait_and_print  # noqa: PLC0415

        wait_and_print(client, job, timeout_s=limit_s, output=output, as_json=as_json)
    elif as_json:
        print_json(job)
    else:
        typer.echo(f"job {job['id']} is {job['status']}; its end: {PROGRAM} jobs wait {job['id']}")


def _check(job_type: str, *, batch: str | None, refused: Path | None, ways: dict[str, Any]) -> None:
    """Refuse options that do not go together. Raises: typer.BadParameter."""
    chosen = [f"--{way}" for way, value in ways.items() if value is not None]
    if len(chosen) > 1:
        raise typer.BadParameter(f"give one of {' and '.join(chosen)}, not both")
    if batch is None and not job_type:
        raise typer.BadParameter(f"name a job type; `{PROGRAM} types` lists them", param_hint="TYPE")
    if batch is None and refused is not None:
        raise typer.BadParameter("--refused needs --batch")
    if batch is not None and chosen:
        raise typer.BadParameter(f"{chosen[0]} is one job's; with --batch the lines of the file have it")


def _whole_seconds(text: str | None, option: str) -> int | None:
    from app.cli import values  # noqa: PLC0415

    if text is None:
        return None
    found = values.seconds(text)
    if found < 1 or found != int(found):
        raise typer.BadParameter(f"{option}: whole seconds, 1 or more")
    return int(found)


def _given(
    client: Client,
    job_type: str,
    *,
    text: str | None,
    file: str | None,
    upload: Path | None,
    path: str | None,
    quiet: bool,
) -> dict[str, Any]:
    """Return the fields of the input that are what the job works on: a text, or a file, sent where it must be."""
    from app.cli import given_file  # noqa: PLC0415

    if upload is not None:
        return {FILE_ID: send_file(client, upload)["id"]}
    if path is not None:
        return {FOLDER_PATH: path}
    types = JobTypes(lambda: client.items(JOB_TYPES))
    if text is not None:
        return given_file.text_field(job_type, text, types)
    return given_file.fields_of(job_type, file, types, client, send_file, quiet=quiet) if file is not None else {}
