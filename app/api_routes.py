"""The routes of the API: which there are, which need no caller, how large their bodies may be, how they are grouped."""

from app import documentation_pages
from app.auth.keys.endpoints import router as keys_router
from app.auth.links.endpoints import OPEN_PATHS as LINK_PATHS
from app.auth.links.endpoints import router as links_router
from app.auth.oidc import endpoints as oidc
from app.auth.sessions.endpoints import SESSION_PATH
from app.auth.sessions.endpoints import admin as sessions_router
from app.auth.sessions.endpoints import own as own_sessions_router
from app.auth.sessions.endpoints import router as session_router
from app.auth.teams.endpoints import router as teams_router
from app.auth.tokens.endpoints import OPEN_PATHS
from app.auth.tokens.endpoints import forms as login_router
from app.auth.tokens.endpoints import router as account_router
from app.auth.users.endpoints import router as users_router
from app.core.settings import Settings
from app.governor.endpoints import router as providers_router
from app.jobs.api.document_page_endpoints import router as document_pages_router
from app.jobs.api.endpoints import BATCH_PATH, router
from app.ops.audit_log.endpoints import router as audit_router
from app.ops.bulk_actions.endpoints import router as bulk_actions_router
from app.ops.cleanup.endpoints import router as cleanup_router
from app.ops.costs.endpoints import router as costs_router
from app.ops.dead_letters.endpoints import router as dead_letters_router
from app.ops.explain.endpoints import router as explain_router
from app.ops.health.endpoints import router as health_router
from app.ops.queues.endpoints import router as queues_router
from app.ops.stats.endpoints import router as stats_router
from app.storage.endpoints import FILES_PATH
from app.storage.endpoints import router as files_router

ROUTERS = (
    router,
    document_pages_router,
    files_router,
    queues_router,
    explain_router,
    providers_router,
    dead_letters_router,
    bulk_actions_router,
    cleanup_router,
    audit_router,
    costs_router,
    stats_router,
    session_router,
    sessions_router,
    own_sessions_router,
    login_router,
    account_router,
    oidc.router,
    keys_router,
    links_router,
    users_router,
    teams_router,
    health_router,
)
SESSION_BODY_MAX_BYTES = 8192
PROBES = ("/live", "/ready", "/health")
# What needs no caller. All else is closed, but for the pages of the interface.
OPEN_ROUTES = frozenset(
    ("GET", path) for path in (*PROBES, *documentation_pages.PAGES, documentation_pages.DOCUMENT)
) | {
    ("POST", SESSION_PATH),
    ("DELETE", SESSION_PATH),
    *(("POST", path) for path in (*OPEN_PATHS, *LINK_PATHS)),
    *oidc.OPEN_ROUTES,
}
_FORMS = (SESSION_PATH, *OPEN_PATHS, *LINK_PATHS, oidc.LOGOUT_PATH)
DESCRIPTION = "Submit AI jobs, get 202 in milliseconds, and lose nothing. Closed by keys and tokens."
CONTACT = {"name": "The Headrace authors"}
TAGS = {
    "jobs": "Submit jobs and follow them to their end.",
    "files": "Upload files that jobs read.",
    "queues": "See what waits and why; pause, resume and limit.",
    "providers": "How providers of models are, and what operators change.",
    "dead letters": "Failed jobs, grouped by what went wrong, and what is done with many of them.",
    "operations": "Statistics, costs, cleaning up and the audit log.",
    "session": "Signing in and out of the browser interface.",
    "account": "Signing in with a password, and one's own account.",
    "keys": "API keys: made, rotated and revoked.",
    "users": "Who may sign in, and which teams they act for; for administrators.",
    "health": "Whether this process lives and can work; open to everybody, but for the metrics.",
}


def body_limits(settings: Settings) -> dict[str, int | None]:
    """Return the paths whose bodies have another limit than most, in bytes; None: the route has its own."""
    return {
        BATCH_PATH: settings.batch_body_max_bytes,
        FILES_PATH: None,
        **dict.fromkeys(_FORMS, SESSION_BODY_MAX_BYTES),
    }
