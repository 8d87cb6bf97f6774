"""The command that tries everything a start needs, and says for each fault what to write instead."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.application import Application

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.core.settings import Settings
    from app.ops.doctor.finding import Check, Finding


def register(app: Application) -> None:
    """Add the command of this file."""
    app.command()(doctor)


def doctor(
    *,
    providers: Annotated[
        bool, typer.Option("--providers", help="Ask each provider about itself; no model, nothing is paid.")
    ] = False,
    timeout_s: Annotated[float, typer.Option(min=1, max=300, help="Seconds for each check; they run at once.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try settings, servers, rights, tables, files, ports and limits, and say what to write instead.

    Ends with 1 when there is a fault. Prints no secret.
    """
    import asyncio  # noqa: PLC0415

    from app.cli.show import counted  # noqa: PLC0415
    from app.core.settings import read_settings  # noqa: PLC0415
    from app.ops.doctor.finding import State, examine  # noqa: PLC0415

    settings, lines = read_settings()
    found = asyncio.run(examine(_checks(settings, lines, providers=providers), timeout_s=timeout_s))
    faults = [one for one in found if one.state is State.FAULT]
    typer.echo(json.dumps(_as_json(found), indent=2) if as_json else "\n".join(map(_shown, found)))
    if not as_json:
        typer.echo(f"\n{counted(len(faults), 'fault')}" if faults else "\nno fault")
    raise typer.Exit(1 if faults else 0)


def _checks(settings: "Settings", lines: tuple[str, ...], *, providers: bool) -> "Mapping[str, Check]":
    """Return what is looked at, in the order in which it is shown."""
    from app.local import doctor as stack  # noqa: PLC0415
    from app.ops.doctor import broker, database, machine, single_sign_on  # noqa: PLC0415
    from app.ops.doctor import providers as asked  # noqa: PLC0415
    from app.ops.doctor.finding import skipped  # noqa: PLC0415

    wanted = stack.find_plan(settings)
    runs = stack.runs(settings)
    is_away = {
        "database_url": wanted and wanted.postgres and not runs,
        "redis_url": wanted and wanted.valkey and not runs,
    }

    def only_if(name: str, subject: str, check: "Check") -> "Check":
        async def say(why: str) -> "Sequence[Finding]":
            return [skipped(subject, why)]

        if not getattr(settings, name).get_secret_value():
            return lambda: say(f"{name.upper()} is not set, or cannot be read; `headrace run` makes one")
        return (lambda: say("the local stack does not run")) if is_away[name] else check

    checks: dict[str, Check] = {"settings": lambda: machine.check_settings(settings, lines)}
    if wanted is not None:
        checks["stack"] = lambda: stack.check(settings, wanted)
    return checks | {
        "postgresql": only_if("database_url", "postgresql", lambda: database.check(settings)),
        "redis": only_if("redis_url", "redis", lambda: broker.check(settings)),
        "files": lambda: machine.check_files(settings),
        "uploads": only_if("database_url", "uploads", lambda: machine.check_uploads(settings)),
        "limits": lambda: machine.check_limits(settings),
        "ocr": lambda: machine.check_ocr(settings),
        **({"sign-in": lambda: single_sign_on.check(settings)} if settings.oidc_issuer else {}),
        **({"providers": lambda: asked.check(settings, local_runs=runs or wanted is None)} if providers else {}),
    }


def _shown(one: "Finding") -> str:
    does = f"\n{'':8} {'':12} do: {one.do}" if one.do else ""
    return f"{one.state.value:8} {one.subject:12} {one.text}{does}"


def _as_json(found: "Sequence[Finding]") -> dict[str, object]:
    from dataclasses import asdict  # noqa: PLC0415

    return {"ok": all(one.state.value != "fault" for one in found), "findings": [asdict(one) for one in found]}
