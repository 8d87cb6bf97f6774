"""llmock and aimock, which break on purpose: every job completes or ends with the code of what broke it."""

from collections import Counter
from typing import Any

import pytest

from tests.peers.conftest import Peers, ends

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]
MOST_LOST_RATIO = 0.2  # four tries each, where a third of all calls fails
LLMOCK_SAYS = "Hello! This is a mock response from gpt-4o."
FAULTS = {"unavailable", "bad_response", "network", "timeout"}


def summaries(model: str, count: int) -> list[dict[str, Any]]:
    """Return jobs that ask once each, each with a text of its own."""
    return [
        {"type": "summarize", "model": model, "input": {"text": f"The mill number {number} was built in 1784."}}
        for number in range(count)
    ]


async def check(peers: Peers, model: str, count: int, *, says: str) -> int:
    """Run jobs and see that each ended as it may; return how many failed."""
    rows = await peers.run(summaries(model, count), within_s=180)  # the pace is slow after many 429s
    found = Counter(ends(rows))
    assert {code for status, code in found if status == "failed"} <= FAULTS, found
    assert found["completed", None] >= (1 - MOST_LOST_RATIO) * count, found
    others = [row.result["summary"] for row in rows if row.status == "completed" and row.result["summary"] != says]
    assert others == [], "half an answer was taken for a whole one"
    return sum(number for (status, _), number in found.items() if status == "failed")


def verdict(peers: Peers, name: str) -> list[str]:
    """Return what a peer holds against its client: errors alone, as its words for them and titles."""
    found = peers.by_name[name].get("/_llmock/verdict")
    return [f"{one['code']}: {one['title']}" for one in found["findings"] if one["severity"] == "error"]


async def test_llmock_s_limits_and_outages(peers: Peers) -> None:
    await check(peers, "llmock", 30, says=LLMOCK_SAYS)
    assert verdict(peers, "llmock") == []


async def test_llmock_s_broken_streams(peers: Peers) -> None:
    failed = await check(peers, "llmock-stream", 30, says=LLMOCK_SAYS)
    held = verdict(peers, "llmock-stream")
    cut = [finding for finding in held if finding.startswith("truncated_stream_accepted: ")]
    assert len(cut) <= failed, "it says so of a last try too, whose job failed by it"
    assert [finding for finding in held if finding not in cut] == []


async def test_aimock_s_chaos(peers: Peers) -> None:
    await check(peers, "aimock", 30, says="The old mill now makes electricity.")
