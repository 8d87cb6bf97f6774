"""What the page of providers says of single models: how each is asked, what was learned, and what it can do."""

import asyncio
import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.played_models import TOML
from tests.browser.stand_in import StandIn


def card(view: View, name: str = "openrouter") -> Locator:
    return view.page.get_by_role("region", name=name, exact=True)


async def ask(view: View) -> Locator:
    await view.page.get_by_role("button", name="What can it do? eye").click()
    dialog = view.page.get_by_role("dialog", name="What can eye do?")
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    return dialog


async def test_a_card_says_how_each_model_is_asked(view: View) -> None:
    await view.go("/providers")
    await expect(card(view)).to_contain_text("openrouter.ai, speaks the OpenAI API, preset openrouter")
    await expect(card(view)).to_contain_text("1 of 1 calls under way")
    fold = view.page.get_by_role("button", name="How eye is asked")
    await expect(fold).to_contain_text("max_completion_tokens \u00b7 no temperature \u00b7 room of 8,192 tokens")
    await expect(fold).to_contain_text("3 parameters learned")
    await expect(fold).to_have_attribute("aria-expanded", "false")
    await fold.click()
    for text in ("taken off the answer", "8,192 tokens for an answer, thinking included", "never sent"):
        await expect(card(view)).to_contain_text(text)
    assert await view.faults() == []


async def test_what_was_learned_is_forgotten_after_a_question(view: View, site: StandIn) -> None:
    await view.go("/providers")
    await view.page.get_by_role("button", name="How eye is asked").click()
    await expect(card(view)).to_contain_text("max_tokens_param = max_completion_tokens")
    await expect(card(view)).to_contain_text("Unsupported value: 'temperature' does not support 0 with this model.")
    await expect(card(view)).to_contain_text(re.compile(r"learned [23] h ago, forgotten in 6 d"))
    await view.page.get_by_role("button", name="Forget what was learned: eye").click()
    dialog = view.page.get_by_role("dialog", name="Forget what was learned about eye?")
    await expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    assert await view.faults() == []
    site.faults = {"/providers/openrouter/forget": 503}
    await dialog.get_by_role("button", name="Forget").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("database_unavailable")
    assert "eye" in site.providers.models.learned
    site.faults = {}
    await dialog.get_by_role("button", name="Forget").click()
    await expect(dialog).to_be_hidden()
    await expect(card(view)).not_to_contain_text("learned")
    assert site.providers.models.learned == {}


async def test_a_model_is_asked_what_it_can_do(view: View, site: StandIn) -> None:
    await view.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await view.go("/providers")
    dialog = await ask(view)
    await expect(dialog).to_contain_text("openrouter charges for them: about a hundred tokens each")
    assert not [line for line in site.asked if line.endswith("/check")]
    site.gate = asyncio.Event()
    await dialog.get_by_role("button", name="Ask it").click()
    await expect(dialog.get_by_role("status")).to_contain_text("eye is being asked")
    await expect(dialog.get_by_role("button", name="Ask")).to_have_count(0)
    assert await view.faults() == []
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_be_hidden()
    await expect(view.page.get_by_role("button", name="What can it do? eye")).to_be_disabled()
    site.gate.set()
    await view.page.get_by_role("button", name="What can it do? eye").click()
    found = dialog.get_by_role("list", name="What was found").get_by_role("listitem")
    await expect(found).to_have_count(8)
    await expect(found.nth(1)).to_have_text(
        "Length as max_completion_tokens: yesThe answer's length is bounded as max_completion_tokens."
    )
    await expect(found.nth(3)).to_contain_text("Temperature: noThe model provider rejected the request")
    await expect(found.nth(6)).to_contain_text("Pictures: not known")
    await dialog.get_by_role("button", name="Copy the entry").click()
    await expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    await expect(dialog.locator("pre")).to_have_text(TOML.strip())
    assert await view.faults() == []


async def test_a_check_that_is_refused_says_why(view: View, site: StandIn) -> None:
    assert site.providers.breakers is not None
    site.providers.models.is_busy = True
    await view.go("/providers")
    dialog = await ask(view)
    await dialog.get_by_role("button", name="Ask it").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Another check of openrouter is under way.")
    await expect(dialog.get_by_role("alert")).to_contain_text("check_running")
    assert await view.faults() == []
    site.providers.breakers["openrouter"]["state"] = "forced_open"
    await dialog.get_by_role("button", name="Ask again").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("provider_closed")
    site.providers.breakers["openrouter"]["state"] = "closed"
    site.providers.models.is_busy, site.providers.models.answers_nothing = False, True
    await dialog.get_by_role("button", name="Ask again").click()
    await expect(dialog.get_by_role("alert")).to_have_count(0)
    await expect(dialog).to_contain_text("The model provider does not know this model or address")
    await expect(dialog).not_to_contain_text("For providers.toml")


async def test_one_bad_model_is_seen_beside_those_that_are_served(view: View, site: StandIn) -> None:
    site.providers.models.fail("big")
    await view.go("/")
    banner = view.page.get_by_role("alert").filter(has_text="The model big of openrouter is failing")
    await expect(banner).to_contain_text("big fails (bad_response): no call is made before")
    assert await view.bad_looks() == []
    await banner.get_by_role("link", name="To the providers").click()
    models = view.page.get_by_role("list", name="Models of openrouter").locator("> li")
    await expect(card(view)).to_contain_text("1 of 2 models held back")
    await expect(models.first).to_contain_text("Breaker open")
    await expect(models.first).to_contain_text("It failed 5 times in a row")
    await expect(models.first).to_contain_text("Calls of the other models go through.")
    await expect(models.first).not_to_contain_text("next start")
    await expect(models.last).to_contain_text("next start in 3.2 s")
    await view.page.get_by_role("button", name="How eye is asked").click()
    assert await view.bad_looks() == []
    await view.page.get_by_role("button", name="What can it do? eye").click()
    await view.page.get_by_role("button", name="Ask it").click()
    await expect(view.page.get_by_text("8 calls in all.")).to_be_visible()
    assert await view.bad_looks() == []
