"""What a stranger does: sign in, submit, watch, cancel, retry, find again."""

import re

from playwright.async_api import expect

from tests.browser.conftest import View
from tests.browser.stand_in import CODE, EMAIL, PASSWORD, TOKEN, StandIn


async def test_a_stranger_gets_a_job_done(view: View, site: StandIn) -> None:
    site.is_signed_in = False
    page = view.page
    await view.go(f"/signin?code={CODE}")
    await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    assert CODE not in page.url

    await page.keyboard.press("n")
    await page.get_by_role("radio", name="Summarize", exact=True).click()
    await page.get_by_role("textbox", name="Text").fill("The river is high today. " * 20)
    await expect(page.get_by_text("500 characters")).to_be_visible()
    await page.get_by_role("button", name="Submit", exact=True).click()

    await expect(page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    id_ = page.url.rsplit("/", 1)[1]
    await expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    await expect(page.get_by_text("the mill runs").first).to_be_visible()
    # Bigger than 2^53: shown to the last digit.
    await expect(page.get_by_text(str(2**63))).to_be_visible()

    await page.get_by_role("link", name="Submit one like this").click()
    await expect(page.get_by_role("textbox", name="Text")).to_have_value(re.compile("The river is high"))

    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await page.get_by_label("Search by id").fill(id_)
    await expect(page.get_by_role("link", name=re.compile(id_[-6:]))).to_be_visible()
    await expect(page).to_have_url(re.compile(f"q={id_}"))


async def test_a_running_job_is_cancelled_and_run_again(view: View, site: StandIn) -> None:
    job = site.add("echo", {"message": "slow", "sleep_s": 600})
    await view.go(f"/jobs/{job.body['id']}")
    status = view.page.get_by_role("main").get_by_role("status")
    await expect(status).to_contain_text("Processing")
    await view.page.get_by_role("button", name="Cancel").click()
    await expect(status).to_contain_text("Cancelled")
    job.body["input"]["sleep_s"] = 0.1
    await view.page.get_by_role("button", name="Retry").click()
    await expect(status).to_contain_text("Completed")
    await expect(view.page.get_by_text("Attempt 2")).to_be_visible()


async def test_the_token_signs_in_and_leads_back(view: View, site: StandIn) -> None:
    site.is_signed_in = False
    await view.go("/jobs?status=failed")
    field = view.page.get_by_label("Service token")
    await field.fill("wrong")
    await view.page.get_by_role("button", name="Sign in").click()
    await expect(view.page.get_by_role("alert")).to_contain_text("unauthorized")
    await field.fill(TOKEN)
    await view.page.get_by_role("button", name="Sign in").click()
    await expect(view.page).to_have_url(re.compile(r"/jobs\?status=failed$"))
    await expect(view.page.get_by_role("tab", name="Failed")).to_have_attribute("aria-selected", "true")


async def test_a_password_signs_in_and_is_asked_for_first_the_next_time(view: View, site: StandIn) -> None:
    site.is_signed_in = False
    await view.go("/jobs")
    await view.page.get_by_role("button", name="Use e-mail address and password").click()
    await view.page.get_by_label("E-mail address").fill(f" {EMAIL} ")
    field = view.page.get_by_role("textbox", name="Password")
    await field.fill("wrong")
    await view.page.get_by_role("button", name="Sign in").click()
    await expect(view.page.get_by_role("alert")).to_contain_text("Address or password are not right")
    await field.fill(PASSWORD)
    await view.page.get_by_role("button", name="Sign in").click()
    await expect(view.page).to_have_url(re.compile(r"/jobs$"))
    await view.page.get_by_role("button", name="Account").click()
    await view.page.get_by_role("menuitem", name="Sign out").click()
    await expect(view.page.get_by_label("E-mail address")).to_be_visible()
    await view.page.get_by_role("button", name="Use the service token").click()
    await expect(view.page.get_by_label("Service token")).to_be_focused()


async def test_a_session_that_ends_leads_to_the_sign_in(view: View, site: StandIn) -> None:
    await view.go("/jobs?type=echo")
    await expect(view.page.get_by_role("link", name=re.compile("019a")).first).to_be_visible()
    site.is_signed_in = False
    await view.page.get_by_role("button", name="Refresh", exact=True).click()
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    assert "next=%2Fjobs%3Ftype%3Decho" in view.page.url


async def test_signing_out_ends_the_session(view: View, site: StandIn) -> None:
    await view.go("/")
    await view.page.get_by_role("button", name="Account").click()
    await view.page.get_by_role("menuitem", name="Sign out").click()
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    assert not site.is_signed_in


async def test_a_fault_stands_at_its_field(view: View) -> None:
    await view.go("/new?type=classify")
    await view.page.get_by_role("textbox", name="Text").fill("  ")
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page.get_by_role("textbox", name="Text")).to_have_attribute("aria-invalid", "true")
    await expect(view.page.get_by_text("must hold more than spaces")).to_be_visible()
    await view.page.get_by_role("button", name="Fill in the example").click()
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
