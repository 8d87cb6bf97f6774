"""The kind of command that all of these are: with examples in its help, and errors told in its own words."""

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

from app.cli.calls import with_profile

PROGRAM = "headrace"
F = TypeVar("F", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command that has what the API refuses said in words of its own options."""

    def invoke(self, ctx: Any) -> Any:
        """Run it. Raises: CallError in the words of this command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            from app.cli.client import CallError  # noqa: PLC0415 - only what failed needs it
            from app.cli.wording import Given, reworded  # noqa: PLC0415

            if not isinstance(error, CallError) or not error.problem:
                raise
            raise reworded(error, Given.of(self.params, ctx.params)) from None


class Application(typer.Typer):
    """A group of such commands."""

    def command(self, name: str | None = None, *, examples: str = "", **options: Any) -> Callable[[F], F]:
        """Add a command; `examples` are calls without the program's name, one a line."""
        if examples:
            lines = [line.strip() for line in examples.strip().splitlines()]
            options["epilog"] = "\n".join(["\b", "Examples:", *(f"  {PROGRAM} {line}" for line in lines)])
        add = super().command(name, cls=Command, **options)

        def register(function: F) -> F:
            add(with_profile(function))
            return function

        return register


def group(*, name: str | None = None, help: str) -> Application:  # noqa: A002 - as typer has it
    """Return an empty group of commands, which shows its help where no command is named."""
    return Application(
        name=name,
        help=help,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
