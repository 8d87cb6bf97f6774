"""The interface and the reference pages under a path of a proxy, from a real API: nothing is asked beside it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from app.core.database import Database
from app.core.settings import Settings
from tests.browser.conftest import WAIT_MS
from tests.conftest import empty
from tests.rig.stack import Stack, running

ROOT = "/tools/headrace"
GOOD = {200, 204, 401}


@pytest.fixture(scope="module")
async def site(
    browser: Browser, settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[tuple[Stack, str]]:
    """The stack, and where the interface is."""
    await empty(open_database)
    async with running(settings, tmp_path_factory.mktemp("root-path"), ROOT_PATH=ROOT) as stack:
        client = await stack.api()
        yield stack, f"{str(client.base_url).rstrip('/')}{ROOT}"


@pytest.fixture
async def page(browser: Browser, site: tuple[Stack, str]) -> AsyncIterator[Page]:
    context = await browser.new_context()
    context.set_default_timeout(WAIT_MS)
    page, asked, failed = await context.new_page(), [], []
    context.on("requestfinished", lambda request: asked.append(request.url))
    context.on(
        "response", lambda answer: failed.append(answer.url) if answer.status not in {200, 202, 204, 401} else None
    )
    yield page
    await context.close()
    assert [url for url in asked if not url.startswith((f"{site[1]}/", "blob:", "data:"))] == []
    assert failed == []


async def test_a_link_signs_in_and_pages_are_reached_and_reloaded(page: Page, site: tuple[Stack, str]) -> None:
    stack, url = site
    port = url.split(":")[2].split("/")[0]
    printing = stack.python("signin", "-m", "app", "signin", API_PORT=port)
    assert await printing.ended() == 0
    link = printing.log.read_text("utf-8").strip()
    assert link.startswith(f"{url}/signin?code=")
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    await page.get_by_role("link", name="Queues").first.click()
    await expect(page).to_have_url(f"{url}/queues")
    await page.reload()
    await expect(page.get_by_role("heading", name="Queues", level=1)).to_be_visible()
    await page.context.clear_cookies()
    await page.goto(f"{url}/files")
    await expect(page).to_have_url(f"{url}/signin?next=%2Ffiles")
    cookies = await page.context.cookies()
    assert cookies == []


@pytest.mark.parametrize(("path", "shown"), [("/docs", "/api/v1/jobs/batch"), ("/redoc", "Submit Job")])
async def test_the_reference_is_shown_from_own_files_alone(
    page: Page, site: tuple[Stack, str], path: str, shown: str
) -> None:
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(f"{site[1]}{path}")
    await expect(page.get_by_text(shown).first).to_be_attached()
    assert said == []
