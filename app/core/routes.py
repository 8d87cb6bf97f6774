"""What the routes of an application take: which methods a path has, and which query parameters a route knows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, params
from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts

HEAD, OPTIONS = "HEAD", "OPTIONS"


@dataclass(frozen=True, slots=True)
class Route:
    """One route: how its path looks, and its query parameters, each with whether it may be given more than once.

    Of a parameter that is an object (`deepObject` in OpenAPI) every member is one: `metadata.key`, `metadata[key]`.
    """

    pattern: re.Pattern[str]
    methods: frozenset[str]
    query: Mapping[str, bool]
    objects: tuple[str, ...]

    def knows(self, name: str) -> bool:
        """Return whether a query parameter is one of this route's."""
        return name in self.query or bool(self.objects and re.fullmatch(self._members(), name))

    def names(self) -> list[str]:
        """Return the names of all query parameters, as an error tells them."""
        return sorted([*self.query, *(f"{name}.<key>" for name in self.objects)])

    def _members(self) -> str:
        names = "|".join(map(re.escape, self.objects))
        return rf"(?:{names})(?:\..+|\[.+\])"


class Routes:
    """The API's routes of one application, looked at once, when the first is asked for."""

    def __init__(self, app: FastAPI) -> None:
        """Look at nothing yet: routes may still be added."""
        self._app = app
        self._found: Sequence[Route] | None = None
        self._exact: dict[str, set[str]] = {}

    def find(self, method: str, path: str) -> Route | None:
        """Return the route that answers a method of a path."""
        return next((one for one in self._at(path) if method in one.methods), None)

    def methods_of_exactly(self, path: str) -> AbstractSet[str] | None:
        """Return the methods of a path that is a route's as it stands: no other route, of any id, is meant by it."""
        self._look()
        return self._exact.get(path)

    def allowed(self, path: str) -> list[str]:
        """Return the methods that a path answers, none where there is no such path."""
        exactly = self.methods_of_exactly(path)
        found = {method for one in self._at(path) for method in one.methods} if exactly is None else exactly
        return sorted({*found, *({HEAD} if "GET" in found else ()), OPTIONS}) if found else []

    def _at(self, path: str) -> Iterator[Route]:
        return (one for one in self._look() if one.pattern.match(path))

    def _look(self) -> Sequence[Route]:
        if self._found is None:
            contexts = [
                context
                for context in iter_route_contexts(self._app.routes)
                if isinstance(context.original_route, APIRoute)
            ]
            for context in contexts:
                if context.path and "{" not in context.path:
                    self._exact.setdefault(context.path, set()).update(context.methods or ())
            self._found = [_as_route(context) for context in contexts]
        return self._found


def _as_route(context: Any) -> Route:
    known = [one for one in get_flat_params(context.dependant) if isinstance(one.field_info, params.Query)]
    query = {one.alias: field_annotation_is_sequence(one.field_info.annotation) for one in known}
    described = (context.openapi_extra or {}).get("parameters", ())
    objects = tuple(one["name"] for one in described if one.get("style") == "deepObject")
    return Route(context.path_regex, frozenset(context.methods), query, objects)
