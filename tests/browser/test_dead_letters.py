"""The dead letters: groups, filters, retry and discard after a dry run, progress, a group's jobs, and the faces."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.filling import fail
from tests.browser.played_dead import fingerprint_of
from tests.browser.stand_in import StandIn

QUOTA = "The quota of key 7 is used up until the month ends; ask for more, or wait."
LONG = "Unexpected token '<' at https://provider.example/v1/chat/completions?request=01JD" + "X" * 120


@pytest.fixture(autouse=True)
def _failed(site: StandIn) -> None:
    """Twelve, three and two failed jobs, beside the one of the filling."""
    for number in range(12):
        fail(site, "summarize", "timeout", f"The attempt took longer than {100 + number} s.", age_s=60 * number + 5)
    for number in range(3):
        fail(site, "translate", "quota_spent", QUOTA, age_s=9000 + number, queue="slow")
    for number in range(2):
        fail(site, "summarize", "invalid_result", LONG, age_s=300_000 + number)
    for job in site.jobs.values():
        job.is_frozen = True


def groups(view: View) -> Locator:
    return view.page.get_by_role("list", name="Groups").get_by_role("listitem")


def failed_of(site: StandIn, job_type: str) -> int:
    return sum(job.status == "failed" and job.body["type"] == job_type for job in site.jobs.values())


async def test_a_group_is_retried_after_a_dry_run_and_followed_to_its_end(view: View, site: StandIn) -> None:
    await view.go("/")
    await expect(view.page.get_by_role("heading", name="Overview")).to_be_visible()
    await view.page.keyboard.press("g")
    await view.page.keyboard.press("d")
    await expect(view.page).to_have_url(re.compile("/dead-letters$"))
    await expect(view.page.get_by_text("18 failed jobs in 4 groups")).to_be_visible()
    await expect(groups(view)).to_have_count(4)
    await expect(groups(view).first).to_contain_text("12")
    await view.page.get_by_role("button", name="Retry the group summarize, timeout").click()
    dialog = view.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("12 failed jobs")
    assert await view.faults() == []
    assert site.dead.actions == []
    await dialog.get_by_role("button", name="Retry 12 jobs").click()
    await expect(dialog).to_be_hidden()
    actions = view.page.get_by_role("region", name="Actions")
    await expect(actions.get_by_role("progressbar")).to_be_visible()
    assert await view.faults() == []
    await expect(actions).to_contain_text("Retried 12 of 12 jobs")
    await expect(actions.get_by_role("progressbar")).to_have_count(0)
    await expect(groups(view)).to_have_count(3)
    assert site.dead.actions[0]["filter"] == {"fingerprint": site.dead.actions[0]["filter"]["fingerprint"]}
    assert [failed_of(site, name) for name in ("summarize", "translate")] == [2, 3]


async def test_all_that_match_are_discarded(view: View, site: StandIn) -> None:
    await view.go("/dead-letters")
    await view.page.get_by_role("combobox", name="Type").click()
    await view.page.get_by_role("option", name="summarize").click()
    await view.page.get_by_role("combobox", name="Error").click()
    await view.page.get_by_role("option", name="timeout").click()
    await expect(view.page).to_have_url(re.compile("type=summarize&error=timeout"))
    await expect(groups(view)).to_have_count(1)
    await view.page.get_by_role("button", name="Discard all 12").click()
    dialog = view.page.get_by_role("dialog", name="Discard all that match?")
    await expect(dialog).to_contain_text("deleted with their inputs and their history")
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert await view.faults() == []
    await dialog.get_by_role("button", name="Discard 12 jobs").click()
    await expect(view.page.get_by_text("Discarded 12 of 12 jobs")).to_be_visible()
    await expect(view.page.get_by_text("Nothing matches")).to_be_visible()
    assert site.dead.actions[0]["filter"] == {"type": "summarize", "error_code": "timeout"}
    assert [failed_of(site, name) for name in ("summarize", "translate")] == [2, 3]
    await view.page.get_by_role("button", name="Clear the filters").click()
    await expect(groups(view)).to_have_count(3)


async def test_an_action_is_stopped_and_what_it_did_stays(view: View, site: StandIn) -> None:
    site.dead.per_look = 1
    await view.go("/dead-letters")
    await view.page.get_by_role("button", name="Retry all 18").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Retry 18 jobs").click()
    await expect(view.page.get_by_text(re.compile(r"Retrying: [1-9] of 18"))).to_be_visible()
    await view.page.get_by_role("button", name="Stop").click()
    await expect(view.page.get_by_text(re.compile(r"Retry stopped after \d of 18 jobs"))).to_be_visible()
    left = 18 - site.dead.actions[0]["done"]
    await expect(view.page.get_by_text(f"{left} failed jobs in")).to_be_visible()


async def test_an_action_is_followed_even_while_the_page_pauses(view: View) -> None:
    await view.go("/dead-letters")
    await view.page.get_by_role("combobox", name="Refresh every").click()
    await view.page.get_by_role("option", name="Paused").click()
    await expect(view.page.get_by_test_id("polling")).to_have_text("Paused")
    await view.page.get_by_role("button", name="Discard the group summarize, timeout").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Discard 12 jobs").click()
    await expect(view.page.get_by_text("Discarded 12 of 12 jobs")).to_be_visible()
    await expect(groups(view)).to_have_count(3)


async def test_a_refused_action_says_why(view: View, site: StandIn) -> None:
    await view.go("/dead-letters")
    site.faults = {"/dead-letters/discard": 503}
    await view.page.get_by_role("button", name="Discard the group translate, quota_spent").click()
    dialog = view.page.get_by_role("dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text("database_unavailable")
    assert await view.faults() == []
    site.faults = {}
    await dialog.get_by_role("button", name="Try again").click()
    await expect(dialog.get_by_role("button", name="Discard 3 jobs")).to_be_visible()
    site.faults = {"/dead-letters/discard": 503}
    await dialog.get_by_role("button", name="Discard 3 jobs").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("req-of-the-fault")
    assert failed_of(site, "translate") == 3
    assert site.dead.actions == []


async def test_one_job_of_a_group_is_retried(view: View, site: StandIn) -> None:
    await view.go("/dead-letters")
    await view.page.get_by_role("link", name="See the jobs of translate with quota_spent").click()
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("quota_spent of translate")
    jobs = view.page.get_by_role("list", name="Jobs").get_by_role("listitem")
    await expect(jobs).to_have_count(3)
    await jobs.first.get_by_role("button", name="Retry").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Retry 1 job").click()
    await expect(view.page.get_by_text("Retried 1 of 1 job")).to_be_visible()
    await expect(jobs).to_have_count(2)
    await view.page.get_by_role("button", name="Discard all").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Discard 2 jobs").click()
    await expect(view.page.get_by_text("Nothing is left of this group")).to_be_visible()
    assert failed_of(site, "translate") == 0


async def test_the_pages_look_right_with_much_on_them(view: View, site: StandIn) -> None:
    site.dead.per_look = 0
    await view.go("/dead-letters?type=summarize&from=2020-01-01T00:00:00Z")
    await view.page.get_by_role("button", name="Retry all 14").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Retry 14 jobs").click()
    await expect(view.page.get_by_text("Retrying:")).to_be_visible()
    site.dead.actions[0]["done"] = 5
    await expect(view.page.get_by_role("progressbar")).to_be_visible()
    long = next(job for job in site.jobs.values() if job.status == "failed" and job.body["error"]["message"] == LONG)
    for path in ("/dead-letters", f"/dead-letters/{fingerprint_of(long)}"):
        await view.go(path)
        await expect(view.page.get_by_role("progressbar")).to_be_visible()
        await expect(view.page.get_by_text("Unexpected token").first).to_be_visible()
        await expect(view.page.get_by_text("Loading")).to_have_count(0)
        assert (path, await view.bad_looks()) == (path, [])


async def test_each_face(view: View, site: StandIn) -> None:
    group = fingerprint_of(next(job for job in site.jobs.values() if job.status == "failed"))
    for path, what in {"/dead-letters": "the dead letters", f"/dead-letters/{group}": "the group"}.items():
        site.gate = asyncio.Event()
        await view.go(path)
        await expect(view.page.get_by_role("status").filter(has_text=f"Loading {what}")).to_be_visible()
        assert (path, await view.faults()) == (path, [])
        site.gate.set()
        await expect(view.page.get_by_text("Loading")).to_have_count(0)
        site.faults = {"/dead-letters": 503}
        await view.go(path)
        await expect(view.page.get_by_role("alert")).to_contain_text("database_unavailable")
        await expect(view.page.get_by_role("alert")).to_have_count(1)
        assert (path, await view.faults()) == (path, [])
        site.faults = {}
        await view.page.get_by_role("button", name="Try again").click()
        await expect(view.page.get_by_role("alert")).to_have_count(0)
    await view.go("/dead-letters/nothing")
    await expect(view.page.get_by_text("Nothing is left of this group")).to_be_visible()
    assert await view.faults() == []
    await view.go("/dead-letters?type=nothing-has-it&error=%3C")
    await expect(view.page.get_by_text("Nothing matches")).to_be_visible()
    assert await view.faults() == []
    site.jobs.clear()
    await view.go("/dead-letters")
    await expect(view.page.get_by_role("heading", name="No dead letters")).to_be_visible()
    assert await view.faults() == []
