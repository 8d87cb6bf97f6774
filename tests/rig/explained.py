"""Why a job waits, as the API says it."""

from typing import Any
from uuid import UUID

import httpx2


async def explain(client: httpx2.AsyncClient, job_id: UUID) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/jobs/{job_id}/explain")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [one["code"] for one in found["reasons"]]
