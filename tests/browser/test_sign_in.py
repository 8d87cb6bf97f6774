"""Signing in by a provider: its button, the page that leads there by itself, and the way out of both."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn

LOGIN = "GET /api/v1/auth/oidc/login"


@pytest.fixture
def site(site: StandIn) -> StandIn:
    site.is_signed_in = False
    site.provider = {"name": "Example ID", "is_automatic": False}
    return site


async def test_a_button_leads_to_the_provider_and_back_to_where_one_was(view: View, site: StandIn) -> None:
    await view.go("/jobs?type=echo")
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    assert await view.faults() == []
    await view.page.get_by_role("link", name="Sign in with Example ID").click()
    await expect(view.page).to_have_url(re.compile(r"/jobs\?type=echo$"))
    assert site.asked.count(LOGIN) == 1


async def test_without_passwords_the_form_is_hidden_and_operators_find_it(view: View, site: StandIn) -> None:
    site.has_passwords = False
    await view.go("/signin?next=%2Fjobs")
    await expect(view.page.get_by_role("link", name="Sign in with Example ID")).to_be_visible()
    await expect(view.page.get_by_label("Service token")).to_have_count(0)
    assert await view.faults() == []
    await view.page.get_by_role("link", name="For operators").click()
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    await expect(view.page.get_by_role("button", name="Use e-mail address and password")).to_have_count(0)
    assert "next=%2Fjobs" in view.page.url


async def test_a_page_that_leads_there_by_itself_stays_for_who_wants_to(view: View, site: StandIn) -> None:
    site.provider = {"name": "Example ID", "is_automatic": True}
    await view.go("/jobs")
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("Jobs")
    assert site.asked.count(LOGIN) == 1
    await view.page.get_by_role("button", name="Sign out").click()
    await expect(view.page).to_have_url(re.compile(r"/signin\?state=signed-out$"))
    await expect(view.page.get_by_role("link", name="Sign in with Example ID")).to_be_visible()
    await view.go("/signin?local=1")
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    await view.go("/signin?local=1&refused=sso_no_role")
    await expect(view.page.get_by_role("alert")).to_contain_text("gives you no role here")
    assert site.asked.count(LOGIN) == 1
