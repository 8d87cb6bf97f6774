"""Commands that run, list, scale and check the processes of this machine."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.application import Application

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: Application) -> None:
    """Add the commands of this file."""
    for command in (
        run,
        signin,
        ps,
        scale,
        reset,
        migrate,
        recount,
        db_shell,
        model,
        api,
        frontend,
        worker,
        scheduler,
        flower,
        ready,
        config,
    ):
        app.command()(command)


def run(
    *,
    workers: Annotated[int, typer.Option(min=0, max=64, help="How many worker processes to start with.")] = 1,
    web: Annotated[bool, typer.Option(help="Build the browser interface where its sources are newer.")] = True,
    dev: Annotated[
        bool, typer.Option("--dev", help="Reload the API on change and serve the interface's sources on 5173.")
    ] = False,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="Stop when the process that started this one ends.", hidden=True)
    ] = False,
    no_color: Annotated[str, typer.Option(envvar="NO_COLOR", hidden=True)] = "",
) -> None:
    """Run the whole stack: PostgreSQL, Valkey, migrations, model, API, workers, scheduler, Flower.

    All data and secrets lie in DATA_DIR (.local). Ctrl-C stops everything in reverse order, a second one at once.
    """
    import os  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from app.local import runner  # noqa: PLC0415
    from app.local.output import Output, wants_colour  # noqa: PLC0415
    from app.local.process import end_with_parent  # noqa: PLC0415

    if with_parent:
        end_with_parent()
    output, parent = Output(colour=wants_colour(sys.stdout, no_color)), os.getppid() if with_parent else None
    raise typer.Exit(runner.run(output, workers=workers, web=web, dev=dev, parent=parent))


def signin() -> None:
    """Print a link that signs one browser in, once, within ten minutes."""
    import asyncio  # noqa: PLC0415

    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local.signin import make_link  # noqa: PLC0415

    typer.echo(asyncio.run(make_link(load_settings())))


def ps(*, as_json: AsJson = False) -> None:
    """List the processes of the running stack."""
    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local import control  # noqa: PLC0415

    _print_processes(control.ask(load_settings().data_dir, command="ps")["processes"], as_json=as_json)


def scale(
    service: Annotated[str, typer.Argument(help="What to scale: worker.")],
    count: Annotated[int, typer.Argument(min=0, max=64, help="How many are wanted.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Change the number of workers of the running stack; nothing else is restarted.

    Workers that are too many finish what they run, or hand it back after GRACE_S.
    """
    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local import control  # noqa: PLC0415

    answer = control.ask(load_settings().data_dir, command="scale", name=service, count=count)
    _print_processes(answer["processes"], as_json=as_json)


def reset(*, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Delete DATA_DIR with all jobs, files and secrets of the local stack, which must not run."""
    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local import removal  # noqa: PLC0415

    data_dir = load_settings().data_dir
    if not data_dir.exists():
        typer.echo(f"{data_dir} is not there: nothing to delete")
        return
    with removal.claimed(data_dir) as delete:
        if not yes:
            typer.confirm(f"Delete {data_dir.absolute()} with all its jobs, files and secrets?", abort=True)
        delete()
    typer.echo(f"deleted {data_dir}")


def migrate(revision: Annotated[str, typer.Argument(help="The revision to migrate up to.")] = "head") -> None:
    """Bring the tables of DATABASE_URL up to date."""
    from alembic import command  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    from app.core.database_reasons import reason  # noqa: PLC0415
    from app.local.errors import LocalError  # noqa: PLC0415
    from app.ops import configuration  # noqa: PLC0415
    from app.ops.health.schema_version import alembic_config  # noqa: PLC0415

    configuration.load("database_url")  # all of them: what starts only after this step has the same ones
    try:
        command.upgrade(alembic_config(), revision)
    except OperationalError as error:
        if error.statement is not None:  # of a migration
            raise
        raise LocalError(f"{reason(error)}: nothing was migrated") from None


def recount() -> None:
    """Count all jobs of DATABASE_URL anew, for the statistics, while all runs.

    Needed only after somebody changed jobs with the triggers of their table switched off.
    """
    import asyncio  # noqa: PLC0415

    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from app.core.database_reasons import reason  # noqa: PLC0415
    from app.local.errors import LocalError  # noqa: PLC0415
    from app.ops import configuration  # noqa: PLC0415
    from app.ops.stats.recount import recount  # noqa: PLC0415

    settings = configuration.load("database_url")
    try:
        found = asyncio.run(recount(settings))
    except (DBAPIError, OSError) as error:
        raise LocalError(f"{reason(error)}: nothing was counted") from None
    typer.echo(f"counted {found:,} jobs")


def db_shell(
    command: Annotated[str, typer.Option("--command", "-c", help="Run this statement instead of asking.")] = "",
) -> None:
    """Open psql on the database of DATABASE_URL; its password stands on no command line."""
    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local.process import become  # noqa: PLC0415
    from app.local.shell import shell  # noqa: PLC0415

    url = load_settings().need("database_url").database_url.get_secret_value()
    made = shell(url, *(("--command", command) if command else ()))
    become(made.argv, made.env)


def model(
    host: Annotated[str, typer.Option(help="The address to listen on; it asks for no key.")] = "127.0.0.1",
) -> None:
    """Run the bundled language model's server, OpenAI-compatible, on MODEL_PORT."""
    from app.core.settings import get_settings  # noqa: PLC0415
    from app.llm.local_server import main  # noqa: PLC0415

    raise typer.Exit(main(get_settings(), host=host))


def api(
    host: Annotated[str, typer.Option(help="The address to listen on; by default API_HOST.")] = "",
    port: Annotated[int, typer.Option(help="By default API_PORT.")] = 0,
    *,
    reload: Annotated[bool, typer.Option("--reload", help="Start anew when a file of the code changes.")] = False,
) -> None:
    """Run the API."""
    from app.core.http_server import serve  # noqa: PLC0415
    from app.core.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    serve(
        "app.main:create_app",
        settings=settings,
        host=host or settings.api_host,
        port=port or settings.api_port,
        probes=frozenset({"/live", "/ready", "/health"}),
        reload_dir=Path(__file__).resolve().parents[1] if reload else None,
    )


def frontend(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 5173,
) -> None:
    """Run the server of the browser interface before the API at API_HOST and API_PORT."""
    from app.core.http_server import serve  # noqa: PLC0415
    from app.core.settings import get_settings  # noqa: PLC0415

    probes = frozenset({"/", "/live", "/ready", "/health"})
    serve("app.frontend:create_app", settings=get_settings(), host=host, port=port, probes=probes)


def worker() -> None:
    """Run one worker."""
    from app.worker import main  # noqa: PLC0415

    main()


def scheduler() -> None:
    """Run one scheduler: sends what is due, rescues, expires, prunes."""
    from app.scheduler import main  # noqa: PLC0415

    main()


def flower(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    deaf_after_s: Annotated[
        float,
        typer.Option(min=1, help="Seconds without a worker's heartbeat after which it ends, to be started again."),
    ] = 60.0,
) -> None:
    """Run Flower on FLOWER_PORT, behind the login FLOWER_BASIC_AUTH."""
    from app.flower import main  # noqa: PLC0415

    main(host=host, deaf_after_s=deaf_after_s)


def ready(part: Annotated[Literal["worker", "scheduler", "api"], typer.Argument(help="What to check.")]) -> None:
    """Check whether a worker or scheduler of this machine, or the API, does its work: exit code 0, or 1 and why."""
    from app.cli import checks  # noqa: PLC0415

    reason = {"worker": checks.worker, "scheduler": checks.scheduler, "api": checks.api}[part]()
    typer.echo(f"{part}: {reason or 'ready'}", err=reason is not None)
    raise typer.Exit(0 if reason is None else 1)


def config(*, as_json: AsJson = False) -> None:
    """Print the settings that count now, with every secret masked, and judge all of them and PROVIDERS_FILE."""
    from app.cli import show  # noqa: PLC0415
    from app.core.settings import SettingsError, read_settings  # noqa: PLC0415
    from app.local.plan import port_clashes  # noqa: PLC0415
    from app.ops import configuration  # noqa: PLC0415

    settings, lines = read_settings()
    shown = show.settings(settings)
    typer.echo(json.dumps(shown, indent=2) if as_json else "\n".join(f"{name}={shown[name]}" for name in shown))
    lines = (*lines, *configuration.faults(settings, ocr=True, known=lines), *port_clashes(settings))
    if lines:
        raise SettingsError(*lines)


def _print_processes(processes: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"processes": processes}, indent=2))
    else:
        from app.cli import show  # noqa: PLC0415

        typer.echo(show.table(processes, ("name", "pid", "port", "state", "since", "restarts")))
