"""How the API's document describes the ways to say who asks; any one of them will do."""

from typing import Any

from app.auth.asking import HEADER, SCHEME
from app.auth.sessions.service import COOKIE

SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    SCHEME: {"type": "apiKey", "in": "header", "name": HEADER, "description": "The service token, or an API key."},
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, an access token of `/api/v1/auth/login`, or the service token.",
    },
    "Session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A signed-in browser; see session."},
}
