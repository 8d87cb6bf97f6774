"""Options that several benchmarks take."""

import typer


def numbers(given: str) -> list[int]:
    """Return the numbers of an option such as `1,2,4`. Raises: BadParameter for anything below 1, or no number."""
    words = given.split(",")
    if not all(word.isdecimal() and int(word) >= 1 for word in words):
        raise typer.BadParameter(f"numbers of 1 or more, with commas between, such as 1,2,4; not {given!r}")
    return [int(word) for word in words]
