"""The played provider as the API shows it."""

from typing import Any

import httpx2

from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Report, Scope, Scripts, Target
from app.governor.outcomes import OF_PROVIDER
from app.governor.states import CallResult

PROVIDERS = "/api/v1/providers"
SMALL, LARGE = Target("played", "small-1"), Target("played", "large-1")
PRETEND = Target("sim", "simulated-1")


async def fail(scripts: Scripts, times: int, *, error: str = "unavailable", target: Target = SMALL) -> None:
    for number in range(times):
        verdict = await scripts.admit(target, Quota(), call=f"f{number}", prompt_tokens=1, output_tokens=1)
        assert verdict.is_granted, verdict
        scope: Scope = "provider" if error in OF_PROVIDER else "model"
        await scripts.settle(
            target, Quota(), f"f{number}", Report(CallResult.FAULT, verdict.tokens, 1, error=error, scope=scope)
        )


async def read(client: httpx2.AsyncClient, name: str = "played") -> dict[str, Any]:
    answer = await client.get(PROVIDERS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = next(one for one in answer.json()["providers"] if one["name"] == name)
    return found


async def status(client: httpx2.AsyncClient, name: str = "played", *, force: bool = False) -> dict[str, Any]:
    answer = await client.get(f"{PROVIDERS}/{name}/status", params={"force_refresh": "true"} if force else {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
