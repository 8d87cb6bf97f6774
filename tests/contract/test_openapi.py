"""The committed OpenAPI document is the application's own; clients are generated from it, and linters read it."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi import Request

from app.core.errors import FieldError, InvalidError
from app.core.problems import Problem, problem
from app.core.settings import Settings
from app.jobs.states import ShownStatus
from app.main import create_app
from app.openapi_file import DOCUMENT, render

OPEN = {
    *("openSession", "closeSession", "logIn", "refreshTokens", "logOut", "registerUser"),
    *("acceptInvite", "resetPassword"),
    *("getSignInMethods", "signInAtProvider", "returnFromProvider", "signOutAtProvider"),
    *("getLiveness", "getReadiness", "getHealth"),
}
# By hand: clients in use call their methods by these names, so none is ever renamed.
OPERATION_IDS = {
    *("submitJob", "submitJobs", "listJobs", "getJob", "deleteJob", "cancelJob", "retryJob", "explainJob"),
    *("listJobTypes", "pauseJobType", "resumeJobType", "limitJobType", "getPagePicture", "resendJobs", "pruneJobs"),
    *("uploadFile", "listFiles", "listFolderFiles", "getFile", "getFileContent", "deleteFile"),
    *("listQueues", "listQueueJobs", "pauseQueue", "resumeQueue", "limitQueue"),
    *("listProviders", "getProviderStatus", "getProviderMetrics", "setProviderQuota"),
    *("openBreaker", "closeBreaker", "resetBreaker", "checkModel", "forgetModel"),
    *("listDeadLetters", "listDeadLetterJobs", "retryDeadLetters", "discardDeadLetters"),
    *("listBulkActions", "getBulkAction", "cancelBulkAction", "listAuditLines"),
    *("getStats", "getThroughput", "getCosts", "openSession", "getSession", "closeSession"),
    *("listSessions", "endSession", "endSessions"),
    *("logIn", "refreshTokens", "logOut", "logOutEverywhere", "changePassword", "getMe", "registerUser"),
    *("createKey", "listKeys", "getKey", "revokeKey", "restoreKey", "rotateKey"),
    *("listUsers", "createUser", "getUser", "updateUser"),
    *("createInvite", "listInvites", "revokeInvite", "acceptInvite", "makeResetLink", "resetPassword", "runJanitor"),
    *("getLiveness", "getReadiness", "getHealth", "getMetrics"),
}


@pytest.fixture(scope="module")
def document(settings: Settings) -> Any:
    return json.loads(render(create_app(settings)))


def _operations(document: Any) -> dict[str, Any]:
    """Return each operation by its id."""
    found = [
        (operation["operationId"], operation) for path in document["paths"].values() for operation in path.values()
    ]
    assert len(dict(found)) == len(found), "an id stands for two operations"
    return dict(found)


def test_the_committed_document_is_the_application_s(settings: Settings) -> None:
    assert Path(DOCUMENT).read_text("utf-8") == render(create_app(settings)), "run `make openapi` and commit it"


def test_operations_have_short_names_of_a_verb_and_a_noun(document: Any) -> None:
    operations = _operations(document)
    assert operations.keys() >= OPERATION_IDS, "a name that clients call is gone"
    assert not [name for name in operations if not re.fullmatch(r"[a-z]+([A-Z][a-z]+){1,3}", name)]


def test_every_operation_names_its_credentials(document: Any) -> None:
    schemes = set(document["components"]["securitySchemes"])
    for name, operation in _operations(document).items():
        named = {scheme for one in operation["security"] for scheme in one}
        assert named == (set() if name in OPEN else schemes), name


def test_every_operation_refers_to_the_one_problem(document: Any) -> None:
    for name, operation in _operations(document).items():
        for status in ("4XX", "5XX"):
            assert operation["responses"][status] == {"$ref": f"#/components/responses/Problem{status}"}, name
    for answer in document["components"]["responses"].values():
        assert answer["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert not [name for name in document["components"]["schemas"] if "ValidationError" in name]


def test_what_is_answered_is_that_problem() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""})
    for error in (InvalidError("bad"), InvalidError("bad", errors=[FieldError("#/a", "wrong")])):
        Problem.model_validate_json(bytes(problem(request, error).body), extra="forbid")


def test_everything_is_described(document: Any) -> None:
    info = document["info"]
    assert info["license"]["identifier"] == "MIT"
    assert info["contact"]
    assert [server["url"] for server in document["servers"]] == ["/"]
    operations = _operations(document).values()
    assert all(operation["summary"] and operation["description"] for operation in operations)
    parameters = [one for operation in operations for one in operation.get("parameters", ())]
    assert not [one["name"] for one in parameters if not one.get("description")]
    used = {tag for operation in operations for tag in operation["tags"]}
    assert {tag["name"] for tag in document["tags"] if tag["description"]} == used


def _patterns(node: Any) -> set[str]:
    if isinstance(node, list):
        return {found for one in node for found in _patterns(one)}
    if not isinstance(node, dict):
        return set()
    own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
    return own.union(*(_patterns(one) for one in node.values()))


def test_patterns_mean_the_same_letters_to_a_client_and_to_us(document: Any) -> None:
    """Pydantic reads a class as of Unicode, JSON Schema as ECMAScript does: of ASCII."""
    found = _patterns(document)
    assert found
    assert [pattern for pattern in found if re.search(r"\\[wWdDsSbB]|\\p", pattern)] == []


def test_no_path_can_be_taken_for_another_one(document: Any) -> None:
    """Source: the rule no-ambiguous-paths of Redocly's linter."""
    for one, other in itertools.combinations(document["paths"], 2):
        parts = list(zip(one.split("/"), other.split("/"), strict=False))
        if one.count("/") != other.count("/") or one.count("{") != other.count("{"):
            continue
        assert not all(a == b or "{" in a + b for a, b in parts), f"{one} and {other}"


def test_every_body_has_an_example_that_is_valid(document: Any) -> None:
    for name, operation in _operations(document).items():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        schema = _without_null(content["application/json"]["schema"])
        found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert found.get("examples"), name
        for example in found["examples"]:
            jsonschema.validate(example, {**schema, "components": document["components"]})


def _without_null(schema: Any) -> Any:
    return next((one for one in schema.get("anyOf", ()) if "$ref" in one), schema)


def test_the_states_of_the_document_are_the_shown_ones(document: Any) -> None:
    assert document["components"]["schemas"]["ShownStatus"]["enum"] == [status.value for status in ShownStatus]
