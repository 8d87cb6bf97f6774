"""The bundled model behind llama.cpp's server with four slots, and behind LiteLLM's proxy with limits of its own."""

from typing import Any

import pytest

from tests.peers.conftest import Peers, ends

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]
TEXTS = [
    "The mill was built in 1784. It ground barley until 1963 and now makes electricity for the village.",
    "I was charged twice this month for the same order and would like my money back, please.",
    "The ferry to the island leaves at nine. In winter it does not run on Sundays.",
    "Our new printer does not connect. The light blinks red and the paper is stuck inside.",
]
CATEGORIES = ["history", "payment", "travel", "technical problem"]


def jobs(model: str, count: int) -> list[dict[str, Any]]:
    """Return jobs over the texts: three summaries to a classification, which takes the model longer to read."""
    found: list[dict[str, Any]] = []
    for number in range(count):
        given: dict[str, Any] = {"text": f"{TEXTS[number % 4]} Number {number}."}
        job_type = "summarize" if (number + 1) % 4 else "classify"
        if job_type == "classify":
            given["categories"] = CATEGORIES
        found.append({"type": job_type, "model": model, "input": given})
    return found


async def test_four_slots_serve_all_jobs(peers: Peers) -> None:
    rows = await peers.run(jobs("slots", 16), within_s=180)
    assert ends(rows) == [("completed", None)] * 16
    assert {row.spent for row in rows} == {1}


@pytest.mark.timeout(500)
async def test_litellm_s_limits_are_waited_for(peers: Peers) -> None:
    # All start at once, twice as many as its minute allows. It counts by the minutes of the clock, and tells whom it
    # refuses to wait for a whole one, so that a minute may go by unused after each that was used.
    rows = await peers.run(jobs("limited", 16), within_s=400)
    assert ends(rows) == [("completed", None)] * 16
    assert {row.spent for row in rows} == {1}
    assert '/v1/chat/completions HTTP/1.1" 429' in peers.by_name["litellm"].log(), "its limit was never reached"


async def test_litellm_s_errors_have_their_codes(peers: Peers) -> None:
    long = {"text": "The mill stood beside the river. " * 1600}
    rows = await peers.run(
        [
            {"type": "translate", "model": "gone", "input": {"text": TEXTS[0], "target_language": "French"}},
            {"type": "classify", "model": "boundless", "input": {**long, "categories": CATEGORIES}},
        ],
        within_s=60,
    )
    assert ends(rows) == [("failed", "model_not_found"), ("failed", "context_too_long")], [row.error for row in rows]
