"""How the API describes itself in OpenAPI: what FastAPI's own document lacks for linters and generated clients."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.core.problems import MEDIA_TYPE, Problem

LICENSE = {"name": "MIT", "identifier": "MIT"}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request is at fault"},
    "5XX": {"description": "The server or what it needs is at fault"},
}
_REF = "#/components/{}/{}"
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def operation_id(route: APIRoute) -> str:
    """Return the name of a generated client's method: the endpoint's name, `submit_job` as `submitJob`."""
    return re.sub(r"_([a-z])", lambda found: found.group(1).upper(), route.name)


def install(
    app: FastAPI,
    *,
    server: str,
    contact: Mapping[str, str],
    tags: Mapping[str, str],
    security_schemes: Mapping[str, Mapping[str, Any]],
) -> None:
    """Let an application describe itself so; `server` is a URL, `tags` maps each tag to its description.

    A closed operation takes any one of `security_schemes` and names the right that it needs; an open one none.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, server, contact, tags, security_schemes)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _described(
    app: FastAPI,
    server: str,
    contact: Mapping[str, str],
    tags: Mapping[str, str],
    security_schemes: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": server, "description": "The server that this document comes from"}],
        tags=[{"name": name, "description": text} for name, text in tags.items()],
        contact=dict(contact),
        license_info=dict(LICENSE),
        separate_input_output_schemas=False,
    )
    components = made["components"]
    components["securitySchemes"] = {name: dict(scheme) for name, scheme in security_schemes.items()}
    components["schemas"] = dict(sorted((components["schemas"] | _problem_schemas()).items()))
    components["responses"] = {_component(status): _problem_response(text) for status, text in _problem_texts()}
    for operation in operations(made):
        scopes = sorted({one for way in operation.get("security", ()) for needed in way.values() for one in needed})
        ways = security_schemes if operation.get("security") else ()
        operation["security"] = [{name: list(scopes)} for name in ways]
        operation["responses"] |= {status: _ref("responses", _component(status)) for status in PROBLEM_RESPONSES}
    return made


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each operation of a document."""
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method in _METHODS)


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template=_REF.format("schemas", "{model}"))
    return {**schema.pop("$defs"), Problem.__name__: schema}


def _problem_texts() -> Sequence[tuple[int | str, str]]:
    return [(status, one["description"]) for status, one in PROBLEM_RESPONSES.items()]


def _problem_response(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _ref("schemas", Problem.__name__)}}}


def _component(status: int | str) -> str:
    return f"Problem{status}"


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": _REF.format(kind, name)}
