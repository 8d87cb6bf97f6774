"""Every route of the document names a right, and is closed to whoever does not have it.

Whose rows somebody sees is another matter: an id of these requests is nobody's.
"""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from tests.integration.routes import url_of
from tests.rig.people import SERVICE, Person, bearer, key_of, person

# By hand, as is who has which: a table that is made of the code would be wrong with it.
RIGHTS: dict[str, set[str]] = {
    "jobs:read": {
        *("listJobs", "getJob", "explainJob", "getPagePicture", "listJobTypes", "listQueues", "listQueueJobs"),
        *("listFiles", "listFolderFiles", "getFile", "getFileContent"),
        *("listProviders", "getProviderStatus"),
        *("listDeadLetters", "listDeadLetterJobs", "listBulkActions", "getBulkAction"),
        *("getStats", "getCosts"),
    },
    "jobs:write": {
        *("submitJob", "submitJobs", "updateJob", "deleteJob", "cancelJob", "retryJob"),
        *("retryDeadLetters", "discardDeadLetters", "cancelBulkAction"),
    },
    "files": {"uploadFile", "deleteFile"},
    "operate": {
        *("pauseQueue", "resumeQueue", "limitQueue", "pauseJobType", "resumeJobType", "limitJobType"),
        *("setProviderQuota", "openBreaker", "closeBreaker", "resetBreaker", "checkModel", "forgetModel"),
        *("resendJobs", "pruneJobs", "getMetrics", "getThroughput", "getProviderMetrics"),
    },
    "admin": {
        *("listAuditLines", "listSessions", "endSession", "endSessions"),
        *("listUsers", "createUser", "getUser", "updateUser", "endUserSessions"),
        *("createInvite", "listInvites", "revokeInvite", "makeResetLink", "runJanitor"),
        *("listTeams", "createTeam", "getTeam", "updateTeam"),
        *("listTeamMembers", "addTeamMember", "removeTeamMember"),
    },
    # No right, but known; and, of those, not by a key.
    "known": {"getSession", "getMe"},
    "account": {
        "chooseTeam",
        *("createKey", "listKeys", "getKey", "revokeKey", "restoreKey", "rotateKey"),
        *("changePassword", "logOutEverywhere", "listOwnSessions", "endOwnSession", "endOtherSessions"),
    },
    "open": {
        *("getSignInMethods", "signInAtProvider", "returnFromProvider", "signOutAtProvider"),
        *("openSession", "closeSession", "logIn", "refreshTokens", "logOut", "registerUser"),
        *("acceptInvite", "resetPassword"),
        *("getLiveness", "getReadiness", "getHealth"),
    },
}
MAY: dict[str, set[str]] = {
    "anonymous": {"open"},
    "member": {"open", "known", "account", "jobs:read", "jobs:write", "files"},
    "viewer": {"open", "known", "account", "jobs:read"},
    "read-only key": {"open", "known", "jobs:read"},
    "files key": {"open", "known", "files"},
    "key of everything": {"open", "known", "account", "jobs:read", "jobs:write", "files", "operate", "admin"},
    "operator": {"open", "known", "account", "jobs:read", "jobs:write", "files", "operate"},
    "admin": {"open", "known", "account", "jobs:read", "jobs:write", "files", "operate", "admin"},
    "service": {"open", "known", "account", "jobs:read", "jobs:write", "files", "operate", "admin"},
}
LAST = "logOutEverywhere"  # which ends what the others are asked with


def operations(app: FastAPI) -> dict[str, tuple[str, str, set[str]]]:
    """Return method, URL and the scopes of each operation of the document."""
    found = {}
    for path, verbs in app.openapi()["paths"].items():
        for method, operation in verbs.items():
            scopes = {scope for way in operation["security"] for needed in way.values() for scope in needed}
            found[operation["operationId"]] = (method.upper(), url_of(path), scopes)
    return found


def test_every_route_is_in_the_table_and_names_its_right(app: FastAPI) -> None:
    expected = {name: right for right, names in RIGHTS.items() for name in names}
    found = operations(app)
    assert found.keys() == expected.keys(), "a route has no right here"
    for name, (_, _, scopes) in found.items():
        right = expected[name]
        assert scopes == (set() if right in {"known", "account", "open"} else {right}), name


async def headers_of(client: httpx2.AsyncClient, who: str) -> dict[str, str]:
    match who:
        case "anonymous":
            return {}
        case "service":
            return SERVICE
        case "read-only key" | "files key":
            scope = "jobs:read" if who == "read-only key" else "files"
            owner: Person = await person(client)
            return bearer((await key_of(client, owner.headers, scopes=[scope]))["key"])
        case "key of everything":
            return bearer((await key_of(client, SERVICE, scopes=sorted(MAY["admin"] & RIGHTS_OF_KEYS)))["key"])
    return (await person(client, who)).headers


RIGHTS_OF_KEYS = {"jobs:read", "jobs:write", "files", "operate", "admin"}


@pytest.mark.parametrize("who", MAY)
async def test_each_caller_is_let_through_where_he_may_and_nowhere_else(
    app: FastAPI, anonymous: httpx2.AsyncClient, who: str
) -> None:
    headers = await headers_of(anonymous, who)
    rights = {name: right for right, names in RIGHTS.items() for name in names}
    wrong = []
    for name, (method, url, _) in sorted(operations(app).items(), key=lambda one: one[0] == LAST):
        body: Any = None if method in {"GET", "DELETE"} else {}
        answer = await anonymous.request(method, url, json=body, headers=headers)
        is_json = answer.content and "json" in answer.headers.get("content-type", "")
        code = answer.json().get("code") if is_json and isinstance(answer.json(), dict) else None
        is_refused = code in {"insufficient_scope", "unauthorized"}
        if is_refused == (rights[name] in MAY[who]):
            wrong.append((name, answer.status_code, code))
        if is_refused and who != "anonymous":
            right = "admin" if rights[name] == "account" else rights[name]
            assert answer.status_code == 403
            assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{right}"'
    assert wrong == []


async def test_a_submit_is_refused_before_its_body_is_read(app: FastAPI, anonymous: httpx2.AsyncClient) -> None:
    viewer = await person(anonymous, "viewer")
    read = []

    async def receive() -> dict[str, Any]:
        read.append(1)
        return {"type": "http.request", "body": b"{}", "more_body": True}

    for path in ("/api/v1/jobs", "/api/v1/jobs/batch"):
        answers: list[Any] = []

        async def send(message: Any, answers: list[Any] = answers) -> None:
            answers.append(message)

        headers = [(b"authorization", viewer.headers["Authorization"].encode()), (b"content-type", b"application/json")]
        headers.append((b"transfer-encoding", b"chunked"))
        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
        await app({**scope, "headers": headers}, receive, send)
        assert answers[0]["status"] == 403
    assert read == []
