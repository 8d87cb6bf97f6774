"""The overview and the jobs list: counts, filters, paging, polling, selection, keys, and the four faces."""

import asyncio
import re

from playwright.async_api import expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn

QUIET_S = 4.0


async def test_a_state_of_the_graph_opens_its_list(view: View) -> None:
    await view.go("/")
    await view.page.get_by_role("button", name="Failed 1").click()
    await expect(view.page).to_have_url(re.compile(r"/jobs\?status=failed$"))
    await expect(view.page.get_by_text("provider_error")).to_be_visible()


async def test_the_banners_say_what_is_wrong(view: View, site: StandIn) -> None:
    site.has_worker = False
    lost = {
        "requeued": 2,
        "failed": 1,
        "cancelled": 0,
        "running": 0,
        "state": "lost",
        "gone_at": "2026-11-21T10:00:00Z",
    }
    site.gone_workers = [{"id": "worker-9@here", **lost}]
    await view.go("/")
    await expect(view.page.get_by_role("alert").first).to_contain_text("No worker is alive")
    await expect(view.page.get_by_text("2 jobs went to other workers, 1 failed")).to_be_visible()
    site.is_away = True
    await expect(view.page.get_by_text("API away")).to_be_visible()
    await expect(view.page.get_by_text("These figures are old")).to_be_visible()
    site.is_away, site.has_worker = False, True
    await expect(view.page.get_by_text("API away")).to_be_hidden()
    await expect(view.page.get_by_role("alert")).to_have_count(0)


async def test_an_error_has_a_code_a_request_id_and_a_way_on(view: View, site: StandIn) -> None:
    site.faults = {"/jobs": 503}
    await view.go("/jobs")
    alert = view.page.get_by_role("alert").first
    await expect(alert).to_contain_text("database_unavailable")
    await expect(alert).to_contain_text("req-of-the-fault")
    site.faults = {}
    await view.page.get_by_role("button", name="Try again").click()
    await expect(view.page.get_by_role("table")).to_be_visible()


async def test_nothing_there_differs_from_nothing_matching(view: View, site: StandIn) -> None:
    await view.go("/jobs?type=nothing-has-it")
    await expect(view.page.get_by_text("Nothing matches")).to_be_visible()
    site.jobs.clear()
    await view.go("/jobs?status=failed")
    await expect(view.page.get_by_text("No jobs yet")).to_be_visible()


async def test_a_bad_address_falls_back(view: View) -> None:
    await view.go("/jobs?status=queued&q=xyz&from=yesterday&cursor=%3C")
    await expect(view.page.get_by_role("tab", name="All")).to_have_attribute("aria-selected", "true")
    await expect(view.page.get_by_role("table")).to_be_visible()


async def test_pages_go_forth_and_back(view: View) -> None:
    await view.go("/jobs")
    rows = view.page.locator("tbody tr")
    await expect(rows).to_have_count(25)
    first = await rows.first.inner_text()
    await view.page.get_by_role("button", name="Older").click()
    await expect(view.page).to_have_url(re.compile("cursor=25"))
    await expect(rows).to_have_count(11)
    await view.page.get_by_role("button", name="Newer").click()
    await expect(rows).to_have_count(25)
    assert (await rows.first.inner_text()).split("\n")[0] == first.split("\n")[0]
    assert "cursor" not in view.page.url


async def test_a_job_leads_to_those_beside_it_in_the_list(view: View) -> None:
    await view.go("/jobs?type=translate")
    links = view.page.locator("tbody tr a")
    await expect(links).to_have_count(11)
    ids = [await link.get_attribute("title") for link in await links.all()]
    await links.nth(1).click()
    main = view.page.get_by_role("main")
    await main.get_by_role("link", name="Older").click()
    await expect(view.page).to_have_url(re.compile(f"/jobs/{ids[2]}$"))
    await main.get_by_role("link", name="Newer").click()
    await main.get_by_role("link", name="Newer").click()
    await expect(view.page).to_have_url(re.compile(f"/jobs/{ids[0]}$"))
    await expect(main.get_by_role("link", name="Newer")).to_have_count(0)
    assert await view.faults() == []
    await view.page.reload()
    await expect(main.get_by_role("heading", level=1)).to_have_text("translate")
    await expect(main.get_by_role("link", name="Older")).to_have_count(0)


async def test_qualifiers_in_the_search_become_filters(view: View) -> None:
    await view.go("/jobs")
    await expect(view.page.locator("tbody tr")).to_have_count(25)
    await view.page.keyboard.press("/")
    await view.page.keyboard.type("type:echo status:cancelled")
    await view.page.keyboard.press("Enter")
    await expect(view.page).to_have_url(re.compile(r"status=cancelled&type=echo"))
    await expect(view.page.locator("tbody tr")).to_have_count(1)


async def test_polling_slows_down_when_nothing_is_open_and_stops_while_hidden(view: View, site: StandIn) -> None:
    await view.go("/jobs")
    note = view.page.get_by_test_id("polling")
    await expect(note).to_have_text("Live, every 3 s")
    await view.page.evaluate(
        """() => {
            Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    await expect(note).to_have_text("Paused while the tab is hidden")
    for id_ in [id_ for id_, job in site.jobs.items() if job.body["finished_at"] is None]:
        del site.jobs[id_]
    await view.go("/jobs")
    await expect(note).to_have_text("Nothing is open, every 15 s")
    site.asked.clear()
    await asyncio.sleep(QUIET_S)  # more than one period: silence has no event to wait for
    assert site.asked == []


async def test_selected_rows_pause_the_list_and_only_deleting_asks(view: View, site: StandIn) -> None:
    await view.go("/jobs?type=echo")
    rows = view.page.locator("tbody tr")
    await expect(rows).to_have_count(3)
    await view.page.get_by_label("Select all jobs of this page").check()
    await expect(view.page.get_by_test_id("polling")).to_have_text("Paused while rows are selected")
    await view.page.get_by_role("button", name="Retry 1").click()
    await expect(view.page.get_by_text("1 job retried.")).to_be_visible()
    await view.page.get_by_label("Select all jobs of this page").check()
    await view.page.get_by_role("button", name="Delete 3").click()
    dialog = view.page.get_by_role("dialog", name="Delete 3 jobs?")
    await expect(dialog).to_be_visible()
    assert await view.bad_looks() == []
    await dialog.get_by_role("button", name="Delete 3").click()
    await expect(view.page.get_by_text("3 jobs deleted.")).to_be_visible()
    assert [job for job in site.jobs.values() if job.body["type"] == "echo"] == []


async def test_the_keys_lead_around_unless_a_field_has_them(view: View) -> None:
    await view.go("/")
    await expect(view.page.get_by_role("heading", level=1)).to_be_visible()
    await view.page.keyboard.press("?")
    await expect(view.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert await view.faults() == []
    await view.page.keyboard.press("Escape")
    await expect(view.page.get_by_role("dialog")).to_have_count(0)
    await view.page.keyboard.press("g")
    await view.page.keyboard.press("j")
    await expect(view.page).to_have_url(re.compile("/jobs$"))
    await view.page.get_by_label("Search by id").fill("")
    await view.page.keyboard.press("n")
    await expect(view.page).to_have_url(re.compile("/jobs$"))
