"""Whose jobs are shown: the team that the browser acts for, and the choice of another one."""

import re

from playwright.async_api import expect

from app.auth.caller import Role
from tests.browser.conftest import OpenView, View
from tests.browser.played_people import ADA, LINUS, RESEARCH
from tests.browser.stand_in import StandIn


async def expect_jobs(view: View, site: StandIn, team_id: str, *, whose: str) -> None:
    """Wait until the list has the jobs of one team alone, and the page says so."""
    rows = view.page.locator("tbody tr")
    await expect(view.page.get_by_role("button", name=f"Jobs of {whose}")).to_be_visible()
    expected = [one for one in site.jobs.values() if one.body.get("team_id", ADA) == team_id]
    await expect(rows).to_have_count(len(expected))
    await expect(rows.filter(has_text="translate")).to_have_count(
        sum(one.body["type"] == "translate" for one in expected)
    )


async def test_a_viewer_sees_his_teams_jobs_by_the_keyboard_until_he_is_removed(view: View, site: StandIn) -> None:
    page, switch = view.page, view.page.get_by_role("button", name=re.compile("^Jobs of"))
    site.people.role = Role.VIEWER
    site.jobs.clear()
    site.add("echo", {"message": "own"})
    for _ in range(2):
        site.add("translate", {"message": "theirs"}, team_id=RESEARCH)
    await view.go("/jobs")
    await expect_jobs(view, site, ADA, whose="your own team")
    await switch.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem")).to_have_text(["Jobs of your own team", "Jobs of Research"])
    await expect(page.get_by_role("menuitem", name="Jobs of your own team")).to_have_attribute("aria-current", "true")
    assert await view.bad_looks() == []
    await page.get_by_role("menuitem", name="Jobs of your own team").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect_jobs(view, site, RESEARCH, whose="Research")
    await expect(switch).to_be_focused()
    assert await view.bad_looks() == []
    await page.reload()
    await expect_jobs(view, site, RESEARCH, whose="Research")

    site.people.members[RESEARCH].remove(ADA)
    await page.get_by_role("heading", level=1).click()
    await page.keyboard.press("r")
    await expect(switch).to_have_count(0)
    await expect(page.locator("tbody tr")).to_have_count(1)


async def test_another_window_follows_when_it_is_looked_at(open_view: OpenView, site: StandIn) -> None:
    site.people.role = Role.MEMBER
    view = await open_view(width=390)
    await view.go("/jobs")
    await expect(view.page.get_by_role("button", name="Jobs of your own team")).to_be_visible()
    site.people.chosen = RESEARCH
    await view.page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    await expect(view.page.get_by_role("button", name="Jobs of Research")).to_be_visible()
    await expect(view.page.get_by_text("No jobs")).to_be_visible()


async def test_a_choice_that_is_refused_says_why(view: View, site: StandIn) -> None:
    site.people.role = Role.MEMBER
    await view.go("/jobs")
    await view.page.get_by_role("button", name="Jobs of your own team").click()
    site.people.members[RESEARCH].remove(ADA)
    await view.page.get_by_role("menuitem", name="Jobs of Research").click()
    await expect(view.page.get_by_role("alert")).to_contain_text("that you may act for")
    assert site.people.team_id == ADA


async def test_an_administrator_looks_at_any_team_and_at_all_again(view: View, site: StandIn) -> None:
    page = view.page
    job = site.add("translate", {"message": "theirs"}, team_id=LINUS)
    await view.go(f"/teams/{LINUS}")
    await page.get_by_role("button", name="See its jobs").click()
    await expect_jobs(view, site, LINUS, whose="Linus")
    await page.get_by_role("button", name="Jobs of Linus").click()
    await page.get_by_role("menuitem", name="Jobs of all teams").click()
    await expect(page.get_by_role("button", name="Jobs of all teams")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(min(25, len(site.jobs)))
    assert job.body["id"] in site.jobs
    await view.go(f"/teams/{ADA}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada")
    await expect(page.get_by_role("button", name="See its jobs")).to_have_count(0)
