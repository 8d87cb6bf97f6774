"""What operators change while all runs, seen by the provider's own log: a breaker by hand, and another quota."""

from app.core.clock import utc_now
from app.core.database import Database
from tests.faults.asking import count
from tests.faults.governed_stack import begin, check_nothing_spent, small
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Stack, eventually
from tests.scripted_model.witness import read_calls

PROVIDER = "/api/v1/providers/openai"
JOBS = "/api/v1/jobs"
AT_ONCE_S = 1.0


async def test_a_breaker_opened_by_hand_stops_every_worker_and_costs_no_job_anything(
    stack: Stack, database: Database
) -> None:
    provider = await stack.provider(latency_s=0.3)  # so that they are not through before it is opened
    ids = await begin(stack, [small(number) for number in range(300)], slots=3)
    client = stack.clients[0]
    await eventually(lambda: len(read_calls(provider.log)) >= 10, what="calls are made")
    async with feeling_pulse(database) as pulse:
        answer = await client.post(f"{PROVIDER}/breaker/open")
        assert (answer.status_code, answer.json()["state"]) == (200, "forced_open")
        opened_s = utc_now().timestamp()
        closed_s = opened_s + AT_ONCE_S
        await eventually(lambda: utc_now().timestamp() > closed_s + pulse.late_s + AT_ONCE_S, what="two seconds")
    assert await count(database, "status = 'completed'") < len(ids)
    assert [call for call in read_calls(provider.log) if call["t0"] > closed_s + pulse.late_s] == []
    found = (await client.get(f"{JOBS}/{ids[-1]}/explain")).json()
    assert (found["status"] in {"pending", "scheduled"}, found["starts_at"]) == (True, None)
    assert "provider_closed" in [reason["code"] for reason in found["reasons"]]
    assert (await client.get("/health")).json()["parts"]["providers"]["status"] == "degraded"
    provider.control(latency_s=0)
    await client.post(f"{PROVIDER}/breaker/close")
    await check_nothing_spent(database, provider)


async def test_another_quota_holds_within_five_seconds(stack: Stack, database: Database) -> None:
    provider = await stack.provider()
    ids = await begin(stack, [small(number) for number in range(120)], LLM_QUOTA="6/min")
    client = stack.clients[0]
    await eventually(lambda: len(read_calls(provider.log)) >= 1, what="the first call")
    changed_s = utc_now().timestamp()
    answer = await client.put(f"{PROVIDER}/quota", json={"quota": "6000/min"})
    assert [one["effective"] for one in answer.json().values()] == ["6000/min"]
    await eventually(
        lambda: [call for call in read_calls(provider.log) if call["t0"] > changed_s],
        what="calls by the new quota",  # jobs that reserved a start before keep it
    )
    await check_nothing_spent(database, provider)

    async def recorded() -> bool:
        total = (await client.get(f"{PROVIDER}/metrics", params={"days": 1})).json()["total"]
        return bool(total["calls"] == total["successes"] == len(ids))

    await eventually(recorded, what="the workers' sums are written")
