"""Jobs as the API answers them."""

from typing import Any

ID = "01900000-0000-7000-8000-000000000001"
JOB: dict[str, Any] = {
    "id": ID,
    "type": "summarize",
    "status": "pending",
    "priority": "default",
    "attempt": 0,
    "attempts_used": 0,
    "max_attempts": 4,
    "created_at": "2026-11-21T10:00:00.000000Z",
}


DONE: dict[str, Any] = JOB | {
    "status": "completed",
    "attempt": 1,
    "attempts_used": 1,
    "started_at": "2026-11-21T10:00:01Z",
    "finished_at": "2026-11-21T10:00:03.5Z",
    "result": {"summary": "Käse"},
    "events": [
        {"name": "submit", "status": "pending", "attempt": 0, "worker": None, "at": JOB["created_at"], "detail": {}},
        {"name": "finish", "status": "completed", "attempt": 1, "worker": "w1", "at": "2026-11-21T10:00:03.5Z"},
    ],
}


FAILED = JOB | {"status": "failed", "error": {"code": "provider_auth", "message": "The key was refused."}}
