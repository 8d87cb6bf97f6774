"""The pages of one-time links, on a real API: opening one uses nothing up, and the form does once."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from app.core.database import Database
from app.core.settings import Settings
from tests.browser.conftest import AXE, LOOK, SETTLE, WAIT_MS
from tests.conftest import empty
from tests.rig.stack import running

INVITES, USERS = "/api/v1/admin/invites", "/api/v1/admin/users"
PASSWORDS = ("the mill stood still", "the river ran high")


@pytest.fixture(scope="module")
async def client(
    browser: Browser, settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[httpx2.AsyncClient]:
    """The API, as the service account asks it."""
    await empty(open_database)
    async with running(settings, tmp_path_factory.mktemp("links"), REGISTRATION="invite") as stack:
        yield await stack.api()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context()
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    await context.close()
    assert said == []


async def faults(page: Page) -> list[str]:
    await page.evaluate(SETTLE)
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(LOOK)
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def here(client: httpx2.AsyncClient, link: str) -> str:
    """Return a link as it leads to this API, whose port the settings do not know."""
    return re.sub(r"^https?://[^/]+", str(client.base_url).rstrip("/"), link)


async def test_who_is_invited_makes_an_account_once(page: Page, client: httpx2.AsyncClient) -> None:
    made = (await client.post(INVITES, json={"email": "ada@example.org", "role": "operator"})).json()
    link = here(client, made["link"])
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Join Headrace")).to_be_visible()
    assert (await client.get(INVITES)).json()["items"][0]["is_live"], "only looked at"
    assert await faults(page) == []
    make = page.get_by_role("button", name="Make my account")
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_label("New password", exact=True).fill("short")
    await expect(make).to_be_disabled()
    await page.get_by_label("New password", exact=True).fill("password123")
    await make.click()
    await expect(page.get_by_role("alert")).to_contain_text("everybody tries first")
    await page.get_by_label("New password", exact=True).fill(PASSWORDS[0])
    await make.click()
    await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    assert "hr_link_" not in page.url
    (shown, *_) = (await client.get(USERS, params={"email": "ada@example.org"})).json()["items"]
    assert (shown["name"], shown["role"]) == ("Ada", "operator")

    await page.context.clear_cookies()
    await page.goto(link)
    await page.get_by_label("Your name").fill("Eve")
    await page.get_by_label("New password", exact=True).fill(PASSWORDS[1])
    await page.get_by_role("button", name="Make my account").click()
    await expect(page.get_by_role("alert")).to_contain_text("used before")


async def test_a_reset_lets_its_user_in_again(page: Page, client: httpx2.AsyncClient) -> None:
    body = {"email": "bob@example.org", "name": "Bob", "password": PASSWORDS[0]}
    user = (await client.post(USERS, json=body)).json()["id"]
    link = (await client.post(f"{USERS}/{user}/reset")).json()["link"]
    await page.goto(here(client, link))
    await expect(page.get_by_role("heading", name="Set a new password")).to_be_visible()
    await page.get_by_label("New password", exact=True).fill(PASSWORDS[1])
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


async def test_half_a_link_says_so(page: Page, client: httpx2.AsyncClient) -> None:
    await page.goto(f"{str(client.base_url).rstrip('/')}/invite")
    await expect(page.get_by_text("This link is not whole")).to_be_visible()
