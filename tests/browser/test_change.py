"""A job that waits is changed on its page."""

from playwright.async_api import expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn


async def test_a_scheduled_job_is_made_urgent_and_started(view: View, site: StandIn) -> None:
    job = next(one for one in site.jobs.values() if one.status == "scheduled")
    job.is_frozen = True
    page = view.page
    await view.go(f"/jobs/{job.body['id']}")
    await page.get_by_role("button", name="Change").click()
    form = page.get_by_role("dialog", name="Change this job")
    await expect(form.get_by_role("button", name="Change")).to_be_disabled()
    await form.get_by_role("combobox", name="Priority").click()
    await page.get_by_role("option", name="high").click()
    await form.get_by_role("radio", name="As soon as it can").click()
    assert await view.bad_looks() == []
    await form.get_by_role("button", name="Change").click()
    await expect(form).to_have_count(0)
    await expect(page.get_by_role("status").get_by_text("Pending", exact=True)).to_be_visible()
    assert (job.body["priority"], job.status) == ("high", "pending")


async def test_only_a_job_that_waits_offers_it(view: View, site: StandIn) -> None:
    done = next(one for one in site.jobs.values() if one.status == "completed")
    await view.go(f"/jobs/{done.body['id']}")
    await expect(view.page.get_by_role("button", name="Delete")).to_be_visible()
    await expect(view.page.get_by_role("button", name="Change")).to_have_count(0)
