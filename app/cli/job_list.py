"""The command `jobs ls`."""

from typing import Annotated

import typer

from app.cli.application import Application
from app.cli.calls import PAGE_LIMIT, AsJson, Limit, Sort, Url, collect, connect, given
from app.cli.jobs import group
from app.cli.output import json_text

EXAMPLES = """
    jobs ls --status failed --type summarize
    jobs ls --metadata customer=42 --sort -finished_at --limit 100
    jobs ls --status pending --count
    jobs ls --status pending --ids | xargs headrace jobs cancel
    jobs ls --watch
    """


def register(_: Application) -> None:
    """Add the command to its group."""
    group.command("ls", examples=EXAMPLES)(list_jobs)


def list_jobs(
    *,
    status: Annotated[
        str | None, typer.Option(help="scheduled, pending, processing, completed, failed or cancelled.")
    ] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Only this type.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Only with this in their metadata; may be repeated.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Created at or after.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Created before.")] = None,
    sort: Annotated[
        Sort, typer.Option(help="By when they were created or ended; with a dash: the latest first.")
    ] = Sort.NEWEST,
    count: Annotated[bool, typer.Option("--count", help="Only say how many there are, roughly.")] = False,
    limit: Limit = 20,
    only_ids: Annotated[bool, typer.Option("--ids", "-q", help="Print ids alone, one a line.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show them anew every two seconds, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List jobs, the newest first."""
    from app.cli import show, values, watching  # noqa: PLC0415

    query = given(
        status=status,
        type=job_type,
        queue=queue,
        created_from=values.moment(since) if since else None,
        created_to=values.moment(until) if until else None,
        sort=None if sort is Sort.NEWEST else sort.value,
    )
    for text in metadata or ():
        name, value = values.pair(text, "--metadata")
        query[f"metadata.{name}"] = value
    client = connect(url)

    def listed() -> str:
        if count:
            page = client.call("GET", "/api/v1/jobs", query={**query, "count": "estimate", "limit": str(PAGE_LIMIT)})
            number = page["estimated_count"]
            return json_text({"estimated_count": number}) if as_json else f"about {number:,} jobs"
        items = collect(client, "/api/v1/jobs", dict(query), limit=limit)
        if as_json:
            return json_text({"items": items})
        if only_ids:
            return "\n".join(str(one["id"]) for one in items)
        return show.jobs(items) if items else "no jobs"

    if watch:
        watching.again_and_again(listed)
    elif (text := listed()) or not only_ids:
        typer.echo(text)
