"""How the API's document describes the ways to say who asks; any one of them will do."""

from typing import Any

from app.auth.asking import HEADER, SCHEME
from app.auth.caller import Right
from app.auth.sessions.service import COOKIE
from app.auth.tokens.endpoints import AUTH_PATH

RIGHTS: dict[str, str] = {
    Right.JOBS_READ: "See jobs, files, queues, providers, dead letters, figures and costs.",
    Right.JOBS_WRITE: "Submit, change, cancel, retry and delete jobs.",
    Right.FILES: "Upload and delete files.",
    Right.OPERATE: "Pause and limit queues, close and check providers, clean up, read metrics.",
    Right.ADMIN: "Users, everybody's keys and sessions, the audit log.",
}
SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    SCHEME: {"type": "apiKey", "in": "header", "name": HEADER, "description": "The service token, or an API key."},
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "Bearer": {"type": "http", "scheme": "bearer", "description": "An API key, an access token, or the service token."},
    "Password": {
        "type": "oauth2",
        "description": "E-mail address and password, as the form of these pages asks for them.",
        "flows": {"password": {"tokenUrl": AUTH_PATH.removeprefix("/") + "/login", "scopes": RIGHTS}},
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"A signed-in browser; its cookie is {COOKIE}_ and an id of the stack.",
    },
}
