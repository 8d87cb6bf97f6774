"""What an application's endpoints work with: built once, when its process starts, and asked for by its class.

Rooms import downwards only, so none of them could name a state that holds everybody's parts: each asks for its own.
"""

from typing import Generic, TypeVar

from fastapi import FastAPI, Request

Part = TypeVar("Part")


def keep(app: FastAPI, *parts: object) -> None:
    """Give an application its parts; one of the same class as an earlier one takes its place."""
    app.state.parts = getattr(app.state, "parts", {}) | {type(part): part for part in parts}


def part_of(app: FastAPI, kind: type[Part]) -> Part:
    """Return an application's part of a class. Raises: KeyError when the application was not given one."""
    part: Part = app.state.parts[kind]
    return part


class FromState(Generic[Part]):
    """A dependency of FastAPI's: the part of a class."""

    def __init__(self, kind: type[Part]) -> None:
        self._kind = kind

    async def __call__(self, request: Request) -> Part:
        """Return the part."""
        return part_of(request.app, self._kind)
