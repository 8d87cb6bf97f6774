"""What a job's page says of its attempts: waits for a place, refusals, models passed over, thoughts, cut answers."""

from playwright.async_api import expect

from tests.browser.conftest import View
from tests.browser.filling import THOUGHTS, cut_off, struggle
from tests.browser.stand_in import StandIn


async def test_waiting_is_told_from_running_and_thoughts_are_plain_text(view: View, site: StandIn) -> None:
    await view.go(f"/jobs/{struggle(site).body['id']}")
    attempts = view.page.get_by_role("region", name="Attempts")
    for text in (
        "Waited 3 times for a place at the model",
        "653 + 12 tokens",
        "waited 4.2 s for a place, ran 1.1 s",
        "653 + 1,058 tokens, 1,000 of them thinking",
        "instead of dead (it could not be reached) and ok2 (its limit was reached)",
        "Ran 10 s",
    ):
        await expect(attempts).to_contain_text(text)
    await expect(view.page.get_by_role("region", name="Facts")).to_contain_text("refused 7 of 100 times")
    fold = attempts.get_by_role("button", name="Thoughts,")
    await expect(fold).to_have_attribute("aria-expanded", "false")
    await expect(attempts.get_by_text("Which words matter?")).to_have_count(0)
    await fold.click()
    thoughts = attempts.get_by_role("group", name="What attempt 5 thought")
    assert (await thoughts.inner_text()).strip() == THOUGHTS.strip()
    await expect(thoughts.locator("b")).to_have_count(0)
    assert await thoughts.evaluate("one => one.clientHeight < one.scrollHeight && one.clientHeight <= 260")
    assert await view.bad_looks() == []


async def test_the_history_does_not_repeat_thoughts(view: View, site: StandIn) -> None:
    await view.go(f"/jobs/{struggle(site).body['id']}")
    history = view.page.get_by_role("region", name="History")
    await history.get_by_role("button", name="Show").click()
    await expect(history).to_contain_text("waited 3 times for a place at the model")
    await expect(history).to_contain_text(f'"reasoning":"{len(THOUGHTS):,} characters"')
    await expect(history).not_to_contain_text("Let me count again")


async def test_a_cut_answer_is_shown_as_such(view: View, site: StandIn) -> None:
    await view.go(f"/jobs/{cut_off(site).body['id']}")
    result = view.page.get_by_role("region", name="Partial result")
    await expect(result).to_contain_text("cut off")
    await expect(result).to_contain_text("and the mill runs, although")
    await expect(result).to_contain_text("Here the model's answer was cut off.")
    assert await view.bad_looks() == []


async def test_refusals_are_bounded_in_the_form(view: View, site: StandIn) -> None:
    await view.go("/new?type=summarize")
    await view.page.get_by_role("textbox", name="Text").fill("The river is high today.")
    await view.page.get_by_role("button", name="More options").click()
    field = view.page.get_by_label("Max refusals")
    for typed in ("2.5", "-3"):  # the server refuses it; the form does not make another number of it
        await field.fill(typed)
        await view.page.keyboard.press("Tab")
        await expect(field).to_have_value(typed)
    await field.fill("7")
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page.get_by_text("Completed", exact=True)).to_be_visible()
    newest = max(site.jobs.values(), key=lambda job: job.body["created_at"])
    assert newest.body["max_refusals"] == 7
