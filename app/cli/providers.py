"""Commands for providers, over the public HTTP API: ls, status, metrics, check, forget, quota, open, close, reset."""

from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect, path_of
from app.cli.output import note, print_json

Name = Annotated[str, typer.Argument(help="The provider's name, as `providers ls` has it.")]

CHECK_TIMEOUT_S = 600.0

group = application.group(help="Show providers; change their quotas, open and close their breakers.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="providers")


@group.command("ls")
def list_providers(*, as_json: AsJson = False, url: Url = "") -> None:
    """List providers and models: breakers, quotas, what is left of them; and the aliases that jobs may say."""
    from app.cli import show_providers  # noqa: PLC0415

    answer = connect(url).call("GET", "/api/v1/providers")
    if as_json:
        print_json(answer)
    else:
        typer.echo(show_providers.providers(answer))


@group.command()
def status(
    name: Name,
    *,
    refresh: Annotated[bool, typer.Option("--refresh", help="Check it now; at most once in 10 s.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Say how a provider is: whether it takes the key, what is left on the account, what failed last."""
    from app.cli import show_providers  # noqa: PLC0415

    answer = connect(url).call("GET", _path(name, "status"), query={"force_refresh": "true"} if refresh else None)
    if as_json:
        print_json(answer)
    else:
        typer.echo(show_providers.status(answer))


@group.command()
def metrics(
    name: Name,
    *,
    days: Annotated[int, typer.Option(min=1, max=30, help="How many, today (UTC) included.")] = 7,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Show calls, failures, tokens, cost and latency of the last days, and how long the breaker was open."""
    from app.cli import show_providers  # noqa: PLC0415

    answer = connect(url).call("GET", _path(name, "metrics"), query={"days": str(days)})
    if as_json:
        print_json(answer)
    else:
        typer.echo(show_providers.metrics(answer))


@group.command()
def check(
    name: Name,
    *,
    model: Annotated[str | None, typer.Option(help="Its model, by the name that jobs say; else the first.")] = None,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Ask a model a dozen small questions and say what it can do, with a ready entry for providers.toml.

    The provider charges for the questions: about a hundred tokens each, more where the model thinks first.
    """
    from app.cli import show_models  # noqa: PLC0415

    note(f"asking {model or 'the first model'} of {name}, which may take a minute ...", quiet=as_json)
    answer = connect(url).call("POST", _path(name, "check"), body={"model": model}, timeout_s=CHECK_TIMEOUT_S)
    if as_json:
        print_json(answer)
    else:
        typer.echo(show_models.check(answer))
    if answer["toml"] is None and answer["calls"]:
        raise typer.Exit(1)


@group.command()
def forget(
    name: Name,
    *,
    model: Annotated[str | None, typer.Option(help="Only this model, by the name that jobs say.")] = None,
    url: Url = "",
) -> None:
    """Forget what refusals taught about a provider's models; it is found out anew."""
    connect(url).call("POST", _path(name, "forget"), body={"model": model})
    typer.echo(
        f"{name}: what was learned about {model or 'its models'} is forgotten, on every worker within two seconds"
    )


@group.command()
def quota(
    name: Name,
    wanted: Annotated[
        str, typer.Argument(metavar="QUOTA|none|default", help="Such as 300/min,100000tok/min; default: as configured.")
    ],
    *,
    model: Annotated[str | None, typer.Option(help="Only this model's, by the name that jobs say.")] = None,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Put a quota in the place of the configured one, within five seconds on every worker."""
    from app.cli import show_providers  # noqa: PLC0415

    body = {"model": model, "quota": {"default": None, "none": ""}.get(wanted, wanted)}
    answer = connect(url).call("PUT", _path(name, "quota"), body=body)
    if as_json:
        print_json(answer)
    else:
        typer.echo(show_providers.quotas(answer))


@group.command("open")
def open_breaker(name: Name, *, as_json: AsJson = False, url: Url = "") -> None:
    """Let no call reach a provider until it is closed again; jobs wait."""
    _switch(name, "open", as_json=as_json, url=url)


@group.command("close")
def close_breaker(name: Name, *, as_json: AsJson = False, url: Url = "") -> None:
    """Let calls reach a provider at once, whoever opened its breaker."""
    _switch(name, "close", as_json=as_json, url=url)


@group.command("reset")
def reset_breaker(name: Name, *, as_json: AsJson = False, url: Url = "") -> None:
    """Close the breaker, and forget what failed last."""
    _switch(name, "reset", as_json=as_json, url=url)


def _switch(name: str, verb: str, *, as_json: bool, url: str) -> None:
    from app.cli import show_providers  # noqa: PLC0415

    answer: dict[str, Any] = connect(url).call("POST", _path(name, f"breaker/{verb}"))
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{name}: {show_providers.breaker(answer or None)}")


def _path(name: str, what: str) -> str:
    return f"{path_of('providers', name)}/{what}"
