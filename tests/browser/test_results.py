"""The page of a job that asked a model: cost, fallback, waits, partial results, and a newspaper as pages."""

import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.played_results import HOSTILE, add_newspaper, add_waited
from tests.browser.stand_in import StandIn


def region(view: View, name: str) -> Locator:
    return view.page.get_by_role("region", name=name, exact=True)


async def test_a_newspaper_is_read_as_pages_of_text(view: View, site: StandIn) -> None:
    job = add_newspaper(site)
    await view.go(f"/jobs/{job.body['id']}")
    result = region(view, "Result")
    await expect(result).to_contain_text("courier.pdf, issue of 2026-03-14: 7 pages read, 1 skipped")
    article = region(view, "Page 1").get_by_role("article").first
    await expect(article.get_by_role("heading", name="High water at the mill")).to_be_visible()
    await expect(article.locator("p.hr-prose")).to_have_count(2)
    # What a PDF says is text, never markup.
    await expect(result.get_by_role("heading", name=HOSTILE["title"])).to_be_visible()
    await expect(result.get_by_text(HOSTILE["body"])).to_be_visible()
    await expect(region(view, "Page 1").locator("article img, script")).to_have_count(0)
    pages = result.get_by_role("navigation", name="Pages of the document")
    await pages.get_by_role("button", name="Page 2, skipped").click()
    await expect(region(view, "Page 2")).to_contain_text("Skipped: it has no text layer, only a picture")
    await pages.get_by_role("button", name="Page 3", exact=True).click()
    await expect(region(view, "Page 3")).to_contain_text("No article on this page.")
    await expect(region(view, "Page 2")).to_have_count(0)
    assert await view.faults() == []
    await result.get_by_text("JSON", exact=True).click()
    await expect(result.get_by_role("button", name="pages: [ 8 items ]")).to_be_visible()


async def test_what_a_job_cost_and_who_answered_it(view: View, site: StandIn) -> None:
    job = add_newspaper(site)
    await view.go(f"/jobs/{job.body['id']}")
    facts = region(view, "Facts")
    for text in (
        "9,120 in (4,096 cached) + 870 out = 9,990",
        "$0.00189, of at most $0.05",
        "careful",
        "instead of big (it was failing) and eye (its limit was reached)",
    ):
        await expect(facts).to_contain_text(text)
    await expect(region(view, "Attempts")).to_contain_text("9,120 + 870 tokens · $0.00189 · instead of big")


async def test_a_failed_job_shows_what_was_done_before(view: View, site: StandIn) -> None:
    job = add_newspaper(site, is_partial=True)
    await view.go(f"/jobs/{job.body['id']}")
    partial = region(view, "Partial result")
    await expect(partial).to_contain_text("what was done before it failed")
    await partial.get_by_role("button", name="Page 4, failed").click()
    await expect(region(view, "Page 4")).to_contain_text("Failed: the answers of the model could not be used")
    error = view.page.get_by_role("alert").filter(has_text="Failed: invalid_output")
    await expect(error).to_contain_text("#/articles/0/topics")
    assert await view.faults() == []


async def test_waits_for_a_quota_are_one_line(view: View, site: StandIn) -> None:
    job = add_waited(site)
    await view.go(f"/jobs/{job.body['id']}")
    attempts = region(view, "Attempts")
    await expect(attempts).to_contain_text(
        re.compile(r"Waited 3 times for the provider's quota, .*\d\d:\d\d:\d\d to .*\d\d:\d\d:\d\d")
    )
    await expect(attempts.get_by_text(re.compile(r"^Attempt \d"))).to_have_count(1)
    await expect(view.page.get_by_role("progressbar", name="3 of 8: parts summarized")).to_be_visible()
    await region(view, "History").get_by_role("button", name="Show").click()
    rows = region(view, "History").locator("tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(1)).to_contain_text("waited 3 times for the provider's quota")
    assert await view.faults() == []


async def test_the_pages_look_right(view: View, site: StandIn) -> None:
    for job, shown in {
        add_newspaper(site).body["id"]: "High water at the mill",
        add_newspaper(site, is_partial=True).body["id"]: "Failed: invalid_output",
        add_waited(site).body["id"]: "not counted as attempts",
    }.items():
        await view.go(f"/jobs/{job}")
        await expect(view.page.get_by_text(shown).first).to_be_visible()
        assert (shown, await view.bad_looks()) == (shown, [])


async def test_a_model_and_what_it_may_cost_are_chosen(view: View, site: StandIn) -> None:
    await view.go("/new?type=summarize")
    await view.page.get_by_role("button", name="Fill in the example").click()
    await view.page.get_by_role("button", name="More options").click()
    model = view.page.get_by_role("combobox", name="Model")
    await expect(model).to_have_value("default (SmolLM2-135M)")
    await model.click()
    await expect(view.page.get_by_role("option")).to_have_count(5)
    assert await view.faults() == []
    await view.page.get_by_role("option", name="careful (big, then SmolLM2-135M)").click()
    await view.page.get_by_label("Max cost, US dollars").fill("0.25")
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    (job,) = [job for job in site.jobs.values() if job.body["max_cost_usd"]]
    assert (job.body["requested_model"], job.body["max_cost_usd"]) == ("careful", 0.25)
    await view.page.get_by_role("link", name="Submit one like this").click()
    await expect(model).to_have_value("careful (big, then SmolLM2-135M)")
    await view.go("/new?type=echo")
    await view.page.get_by_role("button", name="More options").click()
    await expect(view.page.get_by_label("Queue")).to_be_visible()
    await expect(model).to_have_count(0)
