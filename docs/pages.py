# ruff: noqa: INP001
"""Writes the pages of docs/ that are made from the code: `make docs`. Tests compare each with what is committed.

What stands above the mark of a page is written by hand and stays.
"""

from collections.abc import Callable
from pathlib import Path

import app.openapi_file
from docs.cli_page import render_commands
from docs.configuration_page import render_settings

HERE = Path(__file__).parent
MARK = "<!-- From here on written by `make docs`. -->\n"
MADE: dict[str, Callable[[], str]] = {"cli.md": render_commands, "configuration.md": render_settings}


def render(name: str) -> str:
    """Return the whole page: what is written by hand, the mark, and what is made."""
    by_hand, mark, _ = (HERE / name).read_text("utf-8").partition(MARK)
    assert mark, f"{name} has lost its mark"  # noqa: S101 - a page without it would be overwritten as a whole
    return f"{by_hand}{MARK}\n{MADE[name]()}"


def main() -> None:
    """Write all of them, and the OpenAPI document; needs no server and no secret."""
    app.openapi_file.main()
    for name in MADE:
        (HERE / name).write_text(render(name), "utf-8")


if __name__ == "__main__":
    main()
