"""Why a job waits, the queues with their controls, and a queue's backlog."""

import asyncio
import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn


def row(view: View, name: str) -> Locator:
    return view.page.get_by_role("row").filter(has=view.page.get_by_role("rowheader").get_by_text(name, exact=True))


def fill_backlog(site: StandIn, count: int) -> list[str]:
    jobs = [site.add("translate", {"text": "x"}, queue="slow", age_s=count - number) for number in range(count)]
    for job in jobs:
        job.is_frozen = True
    return [job.body["id"] for job in jobs]


async def test_a_queue_is_paused_after_a_question_and_resumed_at_once(view: View, site: StandIn) -> None:
    await view.go("/")
    await expect(view.page.get_by_role("heading", name="Overview")).to_be_visible()
    await view.page.keyboard.press("g")
    await view.page.keyboard.press("q")
    await expect(view.page).to_have_url(re.compile("/queues$"))
    await view.page.get_by_role("button", name="Pause the queue default").click()
    dialog = view.page.get_by_role("dialog", name="Pause the queue default?")
    await expect(dialog).to_contain_text("1 job that runs goes on to the end.")
    await expect(dialog.get_by_role("button", name="Keep it going")).to_be_focused()
    assert await view.faults() == []
    assert site.queues.paused == {}
    await dialog.get_by_role("button", name="Pause").click()
    await expect(dialog).to_be_hidden()
    await expect(row(view, "default")).to_contain_text("Paused")
    assert await view.faults() == []

    await view.page.get_by_role("link", name="Overview", exact=True).click()
    banner = view.page.get_by_role("alert").filter(has_text="Paused: 1 queue")
    await expect(banner).to_contain_text("default")
    assert await view.faults() == []
    await banner.get_by_role("link", name="To the queues").click()
    await view.page.get_by_role("button", name="Resume the queue default").click()
    await expect(row(view, "default")).not_to_contain_text("Paused")
    assert site.queues.paused == {}


async def test_a_limit_is_set_and_removed(view: View, site: StandIn) -> None:
    await view.go("/queues")
    await view.page.get_by_role("button", name="Limit the job type echo").click()
    dialog = view.page.get_by_role("dialog", name="Limit the job type echo")
    field = dialog.get_by_label("Run at once, at most")
    await expect(field).to_be_focused()
    await view.page.keyboard.press("Enter")
    await expect(dialog.get_by_text("A whole number from 1 to 100,000")).to_be_visible()
    assert await view.faults() == []
    await field.fill("3")
    await view.page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(row(view, "echo")).to_contain_text("1 of 3 (limit)")
    assert site.queues.limits == {("type", "echo"): 3}
    await view.page.get_by_role("button", name="Limit the job type echo").click()
    await dialog.get_by_role("button", name="Remove the limit").click()
    await expect(row(view, "echo")).not_to_contain_text("limit)")
    assert site.queues.limits == {}


async def test_a_refused_change_says_why_and_can_be_asked_again(view: View, site: StandIn) -> None:
    await view.go("/queues")
    await view.page.get_by_role("button", name="Pause the job type classify").click()
    dialog = view.page.get_by_role("dialog")
    site.faults = {"/job-types/classify/pause": 503}
    await dialog.get_by_role("button", name="Pause").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("database_unavailable")
    await expect(dialog.get_by_role("alert")).to_contain_text("req-of-the-fault")
    site.faults = {}
    await dialog.get_by_role("button", name="Pause").click()
    await expect(row(view, "classify")).to_contain_text("Paused")
    site.faults = {"/job-types/classify/resume": 503}
    await view.page.get_by_role("button", name="Resume the job type classify").click()
    await expect(view.page.get_by_text("Could not resume the job type classify")).to_be_visible()
    await expect(row(view, "classify")).to_contain_text("Paused")


async def test_a_waiting_job_says_why_until_it_runs(view: View, site: StandIn) -> None:
    site.queues.paused["type", "echo"] = "2026-11-21T20:00:00+00:00"
    job = site.add("echo", {"message": "slow", "sleep_s": 1.5})
    await view.go(f"/jobs/{job.body['id']}")
    why = view.page.get_by_role("region", name="Why does it wait?")
    await expect(why).to_contain_text("The job type 'echo' has been paused since")
    await expect(why).not_to_contain_text("2026-11-21T20")
    await expect(why).to_contain_text("No estimate of its start")
    assert await view.faults() == []
    site.queues.paused.clear()
    await expect(view.page.get_by_test_id("explanation")).to_contain_text("Attempt 1 runs on")
    await expect(why).to_have_count(0)
    await expect(view.page.get_by_role("main").get_by_role("status")).to_contain_text("Completed")
    await expect(view.page.get_by_test_id("explanation")).to_have_count(0)
    site.asked.clear()
    await view.page.reload()
    await expect(view.page.get_by_role("main").get_by_role("status")).to_contain_text("Completed")
    assert not [line for line in site.asked if line.endswith("/explain")]


async def test_a_job_whose_reasons_cannot_be_told_is_shown_all_the_same(view: View, site: StandIn) -> None:
    waiting = next(job for job in site.jobs.values() if job.status == "scheduled")
    site.faults = {f"/jobs/{waiting.body['id']}/explain": 503}
    await view.go(f"/jobs/{waiting.body['id']}")
    await expect(view.page.get_by_role("alert")).to_contain_text("Could not load why it waits")
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("echo")
    site.faults = {}
    await view.page.get_by_role("button", name="Try again").click()
    why = view.page.get_by_role("region", name="Why does it wait?")
    await expect(why).to_contain_text(re.compile(r"Should start in (19|20) h"))


async def test_the_backlog_of_a_queue_goes_on_and_back(view: View, site: StandIn) -> None:
    ids = fill_backlog(site, 30)
    await view.go("/queues")
    await expect(row(view, "slow")).to_contain_text("30")
    await view.page.get_by_role("link", name="slow", exact=True).click()
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("Queue slow")
    rows = view.page.locator("tbody tr")
    await expect(rows).to_have_count(25)
    await expect(rows.first.get_by_role("cell").first).to_have_text("1")
    await expect(rows.first.locator("a")).to_have_attribute("title", ids[0])
    await view.page.get_by_role("button", name="Next").click()
    await expect(rows).to_have_count(5)
    await expect(rows.first.get_by_role("cell").first).to_have_text("26")
    await view.page.get_by_role("button", name="Previous").click()
    await expect(rows).to_have_count(25)
    assert "cursor" not in view.page.url
    await rows.nth(2).locator("a").click()
    await expect(view.page).to_have_url(re.compile(f"/jobs/{ids[2]}$"))


async def test_the_pages_look_right_with_much_on_them(view: View, site: StandIn) -> None:
    ids = fill_backlog(site, 30)
    site.queues.paused["queue", "slow"] = site.queues.paused["type", "translate"] = "2026-11-21T20:00:00+00:00"
    site.queues.limits["queue", "slow"] = site.queues.limits["type", "echo"] = 1
    site.queues.is_broker_away = True
    for path, shown in {
        "/": "Paused: 1 queue and 1 job type",
        "/queues": "The broker does not answer",
        "/queues/slow": "30 jobs waiting",
        f"/jobs/{ids[0]}": "next in line",
    }.items():
        await view.go(path)
        await expect(view.page.get_by_text(shown)).to_be_visible()
        await expect(view.page.get_by_text("Loading")).to_have_count(0)
        assert (path, await view.bad_looks()) == (path, [])


async def test_each_face(view: View, site: StandIn) -> None:
    for path, what in {"/queues": "the queues", "/queues/default": "the backlog"}.items():
        site.gate = asyncio.Event()
        await view.go(path)
        await expect(view.page.get_by_role("status").filter(has_text=f"Loading {what}")).to_be_visible()
        assert (path, await view.faults()) == (path, [])
        site.gate.set()
        await expect(view.page.get_by_text("Loading")).to_have_count(0)
        site.faults = {"/queues": 503}
        await view.go(path)
        await expect(view.page.get_by_role("alert").first).to_contain_text("database_unavailable")
        assert (path, await view.faults()) == (path, [])
        site.faults = {}
        await view.page.get_by_role("button", name="Try again").click()
        await expect(view.page.get_by_role("alert")).to_have_count(0)
    await view.go("/queues/slow")
    await expect(view.page.get_by_text("Nobody waits here")).to_be_visible()
    assert await view.faults() == []
    await view.go("/queues/unheard-of")
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("No such queue")
    assert await view.faults() == []
    site.queues.names = ()
    await view.go("/queues")
    await expect(view.page.get_by_role("heading", name="No queue")).to_be_visible()
    assert await view.faults() == []
