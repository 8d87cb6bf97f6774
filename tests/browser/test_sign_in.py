"""Signing in by a provider: its button, the page that leads there by itself, and the way out of both."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import View
from tests.browser.stand_in import StandIn


@dataclass
class PlayedProvider:
    """A provider that knows who asks: the way there is the way back, by the page that the API puts in between."""

    site: StandIn
    visits: int = 0

    async def sign_in(self, route: Route) -> None:
        self.visits += 1
        self.site.is_signed_in = True
        back_to = parse_qs(urlsplit(route.request.url).query).get("next", ["/"])[0]
        hop = f'<meta http-equiv="refresh" content="0;url={back_to}">'
        await route.fulfill(status=200, content_type="text/html", body=hop)

    async def sign_out(self, route: Route) -> None:
        self.site.is_signed_in = False
        await route.fulfill(status=200, json={"url": "/signin?state=signed-out"})


@pytest.fixture
async def provider(view: View, site: StandIn) -> PlayedProvider:
    site.is_signed_in = False
    site.methods["single_sign_on"] = {"name": "Example ID", "is_automatic": False}
    played = PlayedProvider(site)
    await view.page.route("**/api/v1/auth/oidc/login*", played.sign_in)
    await view.page.route("**/api/v1/auth/oidc/logout", played.sign_out)
    return played


async def test_a_button_leads_to_the_provider_and_back_to_where_one_was(view: View, provider: PlayedProvider) -> None:
    await view.go("/jobs?type=echo")
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    assert await view.faults() == []
    await view.page.get_by_role("link", name="Sign in with Example ID").click()
    await expect(view.page).to_have_url(re.compile(r"/jobs\?type=echo$"))
    assert provider.visits == 1


async def test_without_passwords_the_form_is_hidden_and_operators_find_it(
    view: View, site: StandIn, provider: PlayedProvider
) -> None:
    site.methods["password"] = False
    await view.go("/signin?next=%2Fjobs")
    await expect(view.page.get_by_role("link", name="Sign in with Example ID")).to_be_visible()
    await expect(view.page.get_by_label("Service token")).to_have_count(0)
    assert await view.faults() == []
    await view.page.get_by_role("link", name="For operators").click()
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    await expect(view.page.get_by_role("button", name="Use e-mail address and password")).to_have_count(0)
    assert "next=%2Fjobs" in view.page.url
    assert provider.visits == 0


async def test_a_page_that_leads_there_by_itself_stays_for_who_wants_to(
    view: View, site: StandIn, provider: PlayedProvider
) -> None:
    site.methods["single_sign_on"]["is_automatic"] = True
    await view.go("/jobs")
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("Jobs")
    assert provider.visits == 1
    await view.page.get_by_role("button", name="Account").click()
    await view.page.get_by_role("menuitem", name="Sign out").click()
    await expect(view.page).to_have_url(re.compile(r"/signin\?state=signed-out$"))
    await expect(view.page.get_by_role("link", name="Sign in with Example ID")).to_be_visible()
    await view.go("/signin?local=1")
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    await view.go("/signin?local=1&refused=sso_no_role")
    await expect(view.page.get_by_role("alert")).to_contain_text("gives you no role here")
    assert provider.visits == 1
