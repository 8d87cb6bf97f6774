"""Calling a command."""

from typer.testing import CliRunner, Result

from app.cli.main import app


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})
