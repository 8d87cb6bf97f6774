"""The page of providers, what operators change there, and what the overview says of it."""

import asyncio
import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn


def card(view: View, name: str) -> Locator:
    return view.page.get_by_role("region", name=name, exact=True)


async def test_a_card_says_how_a_provider_is_and_what_is_left(view: View) -> None:
    await view.go("/")
    await expect(view.page.get_by_role("heading", name="Overview")).to_be_visible()
    await view.page.keyboard.press("g")
    await view.page.keyboard.press("p")
    await expect(view.page).to_have_url(re.compile("/providers$"))
    remote = card(view, "openrouter")
    for text in (
        "Active",
        "Calls go through",
        "41 of 60 requests/min left",
        "1,480 of 20,000 tokens/min left",
        "80 % of it after refusals",
        "next start in 3.2 s",
        "4 jobs reserved",
        "$7.41",
        "$0.15 in, $0.60 out for a million tokens",
        "price unknown",
        "1.3 s",
        "4.8 s",
        "Failures: 84 \u00d7 rate_limited, 56 \u00d7 timeout",
    ):
        await expect(remote).to_contain_text(text)
    await expect(card(view, "local")).to_contain_text("No limit of requests")
    await expect(view.page.get_by_text("careful asks big, then SmolLM2-135M")).to_be_visible()


async def test_calls_are_stopped_after_a_question_and_let_through_again(view: View, site: StandIn) -> None:
    assert site.providers.breakers is not None
    await view.go("/providers")
    await view.page.get_by_role("button", name="Stop calls: openrouter").click()
    dialog = view.page.get_by_role("dialog", name="Stop all calls to openrouter?")
    await expect(dialog.get_by_role("button", name="Keep it going")).to_be_focused()
    assert await view.faults() == []
    assert site.providers.breakers["openrouter"]["state"] == "closed"
    site.faults = {"/providers/openrouter/breaker": 503}
    await dialog.get_by_role("button", name="Stop calls").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("database_unavailable")
    site.faults = {}
    await dialog.get_by_role("button", name="Stop calls").click()
    await expect(dialog).to_be_hidden()
    await expect(card(view, "openrouter")).to_contain_text("Closed by an operator")
    await expect(view.page.get_by_role("button", name="Stop calls: openrouter")).to_have_count(0)

    await view.page.get_by_role("link", name="Overview", exact=True).click()
    banner = view.page.get_by_role("alert").filter(has_text="The provider openrouter is closed")
    await expect(banner).to_contain_text("An operator stopped all calls to openrouter.")
    assert await view.faults() == []
    await banner.get_by_role("link", name="To the providers").click()
    await view.page.get_by_role("button", name="Let calls through: openrouter").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Let calls through").click()
    await expect(card(view, "openrouter")).to_contain_text("Calls go through")


async def test_a_failing_provider_is_seen_at_once_and_reset(view: View, site: StandIn) -> None:
    site.providers.trip("openrouter")
    await view.go("/")
    banner = view.page.get_by_role("alert").filter(has_text="The provider openrouter is failing")
    await expect(banner).to_contain_text(
        re.compile(r"openrouter fails \(timeout\): no call is made before .*\d\d:\d\d")
    )
    await view.go("/providers")
    remote = card(view, "openrouter")
    for text in ("Breaker open", "Failing", "It failed 5 times in a row", re.compile(r"timeout \d+ s ago")):
        await expect(remote).to_contain_text(text)
    await view.page.get_by_role("button", name="Reset: openrouter").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    await expect(remote).to_contain_text("Calls go through")
    await expect(remote).not_to_contain_text("It failed 5 times")


async def test_a_quota_is_changed_and_taken_back_and_a_wrong_one_is_explained(view: View, site: StandIn) -> None:
    await view.go("/providers")
    await view.page.get_by_role("button", name="Quota of big").click()
    dialog = view.page.get_by_role("dialog", name="Quota of big")
    field = dialog.get_by_label("At most")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("60/min,20000tok/min")
    await field.fill("many")
    await view.page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("'many' is no quota; write 60/min, 5/10s or 20000tok/min")
    assert await view.faults() == []
    assert site.providers.override == {}
    await field.fill("5 per 10 s")
    await view.page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(card(view, "openrouter")).to_contain_text("quota overridden")
    await expect(card(view, "openrouter")).to_contain_text("5 of 5 requests/10s left")
    assert site.providers.override == {"big": "5/10s"}
    await view.page.get_by_role("button", name="Quota of big").click()
    await dialog.get_by_role("button", name="As configured").click()
    await expect(card(view, "openrouter")).not_to_contain_text("quota overridden")
    assert site.providers.override == {}


async def test_a_provider_is_checked_when_somebody_asks(view: View) -> None:
    await view.go("/providers")
    await view.page.get_by_role("combobox", name="Refresh every").click()
    await view.page.get_by_role("option", name="Paused").click()
    await expect(card(view, "local")).to_contain_text(re.compile(r"Checked [4-5]\d s ago"))
    await view.page.get_by_role("button", name="Check now: local").click()
    await expect(card(view, "local")).to_contain_text(re.compile(r"Checked (just now|\d s ago)"))


async def test_the_page_looks_right_in_trouble(view: View, site: StandIn) -> None:
    site.providers.trip("openrouter")
    site.providers.override["eye"] = "5/10s"
    for path, shown in {"/": "The provider openrouter is failing", "/providers": "Breaker open"}.items():
        await view.go(path)
        await expect(view.page.get_by_text(shown)).to_be_visible()
        await expect(view.page.get_by_text("Loading")).to_have_count(0)
        assert (path, await view.bad_looks()) == (path, [])
    site.providers.breakers, site.providers.calls = None, 0
    await view.go("/providers")
    await expect(view.page.get_by_role("alert").filter(has_text="Redis is away")).to_be_visible()
    await expect(card(view, "local")).to_contain_text("No call was made.")
    assert await view.bad_looks() == []


async def test_each_face(view: View, site: StandIn) -> None:
    site.gate = asyncio.Event()
    await view.go("/providers")
    await expect(view.page.get_by_role("status").filter(has_text="Loading the providers")).to_be_visible()
    assert await view.faults() == []
    site.gate.set()
    await expect(view.page.get_by_text("Loading")).to_have_count(0)
    site.faults = {"/providers/local/status": 503, "/providers/local/metrics": 503}
    await view.page.reload()
    await expect(card(view, "local")).to_contain_text("It could not be read: The database cannot be reached")
    await expect(card(view, "local")).to_contain_text("The last days could not be read")
    assert await view.faults() == []
    site.faults = {"/providers": 503}
    await view.page.reload()
    await expect(view.page.get_by_role("alert").first).to_contain_text("database_unavailable")
    assert await view.faults() == []
    site.faults, site.providers.names = {}, ()
    await view.page.get_by_role("button", name="Try again").click()
    await expect(view.page.get_by_role("heading", name="No provider")).to_be_visible()
    assert await view.faults() == []


async def test_what_today_cost_stands_on_the_overview(view: View, site: StandIn) -> None:
    await view.go("/")
    costs = view.page.get_by_role("region", name="Costs today")
    await expect(costs).to_contain_text("$0.04 today (UTC) · 15,244 tokens in (4,400 cached), 2,146 out · 37 jobs")
    site.costs |= {"cost_usd": None, "unpriced": 39}
    await view.page.reload()
    await expect(costs).to_contain_text("price unknown today")
    site.faults = {"/costs": 503, "/providers": 503}
    await view.page.reload()
    await expect(view.page.get_by_role("region", name="State flow")).to_be_visible()
    await expect(costs).to_have_count(0)
