"""Commands for the prompts of this installation: ls, show, export. They read files alone and ask no API."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.stack import AsJson

group = application.group(help="See the prompts, and take them out to change them (PROMPTS_DIR).")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="prompts")


@group.command("ls")
def list_prompts(*, as_json: AsJson = False) -> None:
    """List the prompts: where each is from, and its sections. Refused files of PROMPTS_DIR are named."""
    import json  # noqa: PLC0415

    from app.cli import show  # noqa: PLC0415
    from app.processors.prompts import sections_of  # noqa: PLC0415

    known, own = _texts()
    rows = [
        {"name": name, "from": "PROMPTS_DIR" if name in own else "built-in", "sections": ", ".join(sections_of(text))}
        for name, text in (known | own).items()
    ]
    typer.echo(json.dumps(rows, indent=2) if as_json else show.table(rows, ("name", "from", "sections")))


@group.command("show")
def show_prompt(
    name: Annotated[str, typer.Argument(help="Its name, as `prompts ls` lists it.")],
    *,
    built_in: Annotated[bool, typer.Option("--built-in", help="Headrace's own, whatever PROMPTS_DIR has.")] = False,
) -> None:
    """Print a prompt's text as it counts now."""
    known, own = _texts(built_in=built_in)
    if name not in known:
        raise typer.BadParameter(f"there is no prompt {name!r}; there are: {', '.join(known)}")
    typer.echo((known | own)[name], nl=False)


@group.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; it is made where it is not there.")],
    names: Annotated[list[str] | None, typer.Argument(help="Which; all without one.")] = None,
) -> None:
    """Write the built-in prompts to a folder, to be changed there and named by PROMPTS_DIR; no file is overwritten."""
    known, _ = _texts(built_in=True)
    wanted = names or list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(f"there is no prompt {unknown[0]!r}; there are: {', '.join(known)}")
    if there := [path for name in wanted if (path := folder / f"{name}.md").exists()]:
        raise typer.BadParameter(f"{there[0]} is there already; name another folder, or the prompts that are wanted")
    folder.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        (folder / f"{name}.md").write_text(known[name], encoding="utf-8")
        typer.echo(f"wrote {folder / name}.md")
    typer.echo("Delete what stays as it is: a file that is not there is built in, and changes with Headrace.")


def _texts(*, built_in: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    """Return the built-in texts and those of PROMPTS_DIR, by name. Raises: SettingsError for files that are refused."""
    from app.core.settings import read_settings  # noqa: PLC0415
    from app.processors import prompts  # noqa: PLC0415
    from app.processors.prompts.own import read_own  # noqa: PLC0415

    known = dict(prompts.built_in())
    return known, {} if built_in else dict(read_own(read_settings()[0]))
