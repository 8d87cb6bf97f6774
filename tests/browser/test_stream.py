"""Two hundred jobs that come and end while somebody works with the list."""

import asyncio
import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn

JOBS = 200
GAP_S = 0.03
PATIENCE_MS = 60_000


async def stream(site: StandIn, *, has_chosen: asyncio.Event) -> None:
    """Let jobs come, the second half of them after a row was chosen, however long that takes."""
    for number in range(JOBS):
        if number == JOBS // 2:
            await has_chosen.wait()
        site.add("echo" if number % 2 else "translate", {"message": f"{number}", "sleep_s": 0.2})
        await asyncio.sleep(GAP_S)


def tab(view: View, name: str) -> Locator:
    return view.page.get_by_role("tab", name=re.compile(f"^{name}"))


async def test_a_stream_of_jobs_is_counted_and_the_list_stays_usable(view: View, site: StandIn) -> None:
    site.jobs.clear()
    has_chosen = asyncio.Event()
    coming = asyncio.create_task(stream(site, has_chosen=has_chosen))
    await view.go("/jobs")
    rows = view.page.locator("tbody tr")
    await expect(rows).to_have_count(25)

    # A page of the past does not move under the reader's eyes; a filter and a selection hold while jobs come.
    await view.page.get_by_role("button", name="Older").click()
    await expect(view.page).to_have_url(re.compile("cursor="))
    await view.page.get_by_role("button", name="Newer").click()
    await view.page.get_by_role("combobox", name="Type").click()
    await view.page.get_by_role("option", name="translate").click()
    await expect(view.page).to_have_url(re.compile("type=translate"))
    await expect(rows.filter(has_text="echo")).to_have_count(0)
    await rows.first.get_by_role("checkbox").check()
    await expect(view.page.get_by_test_id("polling")).to_have_text("Paused while rows are selected")
    chosen = await rows.first.get_by_role("link").inner_text()
    has_chosen.set()
    await coming
    assert await rows.first.get_by_role("link").inner_text() == chosen
    await view.page.get_by_role("button", name="Clear selection").click()

    await expect(tab(view, "Completed")).to_have_accessible_name(f"Completed {JOBS}", timeout=PATIENCE_MS)
    await expect(tab(view, "All")).to_have_accessible_name(f"All {JOBS}")
    await expect(tab(view, "Pending")).to_have_accessible_name("Pending 0")
    await expect(view.page.get_by_test_id("polling")).to_have_text("Nothing is open, every 15 s")
    await expect(rows.first.get_by_role("link")).not_to_have_text(chosen)
    await tab(view, "Completed").click()
    await expect(rows).to_have_count(25)

    await view.page.get_by_role("link", name="Overview", exact=True).click()
    await expect(view.page.get_by_role("button", name=f"Completed {JOBS}")).to_be_visible()
    await expect(view.page.get_by_text(f"{JOBS} submitted, {JOBS} ended")).to_be_visible()
