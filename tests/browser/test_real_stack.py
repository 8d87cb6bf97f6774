"""A stranger before the real thing: built pages, API, worker, scheduler, PostgreSQL, Valkey, a scripted provider."""

import re
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from playwright.async_api import Browser, FilePayload, Locator, expect

from app.core.database import Database
from app.core.settings import Settings
from tests.browser.conftest import EXPECTED, WAIT_MS, View
from tests.conftest import empty
from tests.rig.stack import Process, Stack, eventually, running

END_MS = 60_000
JOB_URL = re.compile(r"/jobs/[0-9a-f-]{36}$")


@dataclass
class Real:
    """The running stack and where its API is."""

    stack: Stack
    origin: str
    api: Process
    worker: Process

    async def link(self) -> str:
        """Return a sign-in link as the command line prints it."""
        port = self.origin.rsplit(":", 1)[1]
        printing = self.stack.python("signin", "-m", "app", "signin", API_PORT=port)
        assert await printing.ended() == 0
        return printing.log.read_text("utf-8").strip()


@pytest.fixture(scope="module")
async def real(
    browser: Browser, settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Real]:
    await empty(open_database)
    settings.files_dir.mkdir(parents=True, exist_ok=True)
    (settings.files_dir / "article.txt").write_text("The river is high today, and the mill runs.", "utf-8")
    async with running(settings, tmp_path_factory.mktemp("real"), RETRY_SCALE="0.005") as stack:
        await stack.scripted_model()
        client = await stack.api()
        api = stack.processes[-1]
        worker = await stack.worker()
        stack.scheduler()
        yield Real(stack, str(client.base_url).rstrip("/"), api, worker)


@pytest.fixture
async def view(browser: Browser, real: Real) -> AsyncIterator[View]:
    """A window that is signed in by a fresh link, and that asks nobody but the stack."""
    context = await browser.new_context(
        color_scheme="light", reduced_motion="reduce", viewport={"width": 1280, "height": 844}
    )
    context.set_default_timeout(WAIT_MS)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    view = View(await context.new_page(), real.origin)
    link = await real.link()
    assert link.startswith(f"{real.origin}/signin?code=")
    await view.page.goto(link)
    await expect(view.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    assert "code" not in view.page.url
    yield view
    await context.close()
    assert [url for url in asked if not url.startswith((f"{real.origin}/", "blob:"))] == []


def status(view: View) -> Locator:
    return view.page.get_by_role("main").get_by_role("status").first


async def looks_right(view: View) -> None:
    """Look at the page as it is: light and wide, dark and narrow."""
    await expect(view.page.get_by_text("Loading")).to_have_count(0)
    assert await view.faults() == []
    await view.page.emulate_media(color_scheme="dark")
    await view.page.set_viewport_size({"width": 390, "height": 844})
    await expect(view.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    await expect(view.page.get_by_role("navigation", name="Pages")).to_be_visible()
    assert await view.faults() == []
    assert await view.too_wide_px() == 0
    await view.page.emulate_media(color_scheme="light")
    await view.page.set_viewport_size({"width": 1280, "height": 844})


async def submit(view: View, job_type: str, **fields: str) -> str:
    """Fill in the form and return the id of the job that it leads to."""
    await view.page.keyboard.press("n")
    await view.page.get_by_role("radio", name=job_type, exact=True).click()
    for label, text in fields.items():
        await view.page.get_by_role("textbox", name=re.compile(f"^{label}")).fill(text)
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(JOB_URL)
    return view.page.url.rsplit("/", 1)[1]


async def test_a_stranger_gets_along(view: View) -> None:
    page = view.page
    await looks_right(view)

    await page.keyboard.press("n")
    await expect(page.get_by_role("heading", name="New job", level=1)).to_be_visible()
    await looks_right(view)
    done = await submit(view, "Summarize", Text="The river is high today. " * 20)
    await expect(status(view)).to_contain_text("Completed", timeout=END_MS)
    await expect(page.get_by_text(f"Scripted answer to job {done}, attempt 1")).to_be_visible()
    await looks_right(view)

    await submit(view, "Echo", Message="slow", Sleep="600")
    await expect(status(view)).to_contain_text("Processing", timeout=END_MS)
    await page.get_by_role("button", name="Cancel").click()
    await expect(status(view)).to_contain_text("Cancelled", timeout=END_MS)

    failed = await submit(view, "Summarize", Text="The key is wrong at first. [[plan:401,ok]]")
    await expect(status(view)).to_contain_text("Failed", timeout=END_MS)
    await expect(page.get_by_role("alert").first).to_contain_text("auth_failed")
    await looks_right(view)
    await page.get_by_role("button", name="Retry").click()
    await expect(status(view)).to_contain_text("Completed", timeout=END_MS)
    await expect(page.get_by_text(f"Scripted answer to job {failed}, attempt 2")).to_be_visible()

    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.locator("tbody tr")).to_have_count(3)
    await looks_right(view)
    await page.keyboard.press("/")
    await page.keyboard.type(done)
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/jobs/{done}$"))
    await expect(status(view)).to_contain_text("Completed")

    await page.keyboard.press("g")
    await page.keyboard.press("o")
    await expect(page.get_by_role("button", name="Completed 2")).to_be_visible()
    await expect(page.get_by_role("button", name="Cancelled 1")).to_be_visible()
    await expect(page.get_by_text(re.compile("3 submitted, [34] ended"))).to_be_visible(timeout=END_MS)
    assert view.said == []


async def test_a_file_of_the_folder_is_chosen_and_read(view: View) -> None:
    await view.page.keyboard.press("n")
    await view.page.get_by_role("radio", name="Summarize a file").click()
    await view.page.get_by_role("combobox", name="File").click()
    await view.page.get_by_role("option", name=re.compile(r"article\.txt")).click()
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(JOB_URL)
    await expect(status(view)).to_contain_text("Completed", timeout=END_MS)
    assert view.said == []


async def test_a_file_is_uploaded_read_saved_and_deleted(view: View) -> None:
    page = view.page
    text = b"The river is high today, and the mill runs."
    await page.keyboard.press("n")
    await page.get_by_role("radio", name="Summarize a file").click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Choose a file").click()
    gif: FilePayload = {"name": "page.txt", "mimeType": "text/plain", "buffer": b"GIF89a\x01\x00\x01\x00"}
    await (await choosing.value).set_files(gif)
    refusal = page.get_by_role("alert").filter(has_text="This kind of file is not taken: page.txt")
    await expect(refusal).to_contain_text("file_type_refused")
    await looks_right(view)
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Choose a file").click()
    await (await choosing.value).set_files({"name": "river.txt", "mimeType": "text/plain", "buffer": text})
    await expect(page.get_by_role("group", name="Upload").get_by_role("status")).to_contain_text("river.txt")
    await page.get_by_role("button", name="Submit", exact=True).click()
    await expect(page).to_have_url(JOB_URL)
    await expect(status(view)).to_contain_text("Completed", timeout=END_MS)

    await page.keyboard.press("g")
    await page.keyboard.press("f")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download river.txt").click()
    assert (await (await downloading.value).path()).read_bytes() == text
    await looks_right(view)
    await page.get_by_role("button", name="Delete river.txt").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("No file yet")).to_be_visible()
    assert [line for line in view.said if not line.startswith(EXPECTED)] == []


async def test_calls_to_a_provider_are_stopped_and_let_through(view: View) -> None:
    page = view.page
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await expect(page.get_by_text("Calls go through")).to_be_visible()
    await looks_right(view)
    await page.get_by_role("button", name=re.compile("^Quota of")).first.click()
    await page.get_by_label("At most").fill("many")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("'many' is no quota")).to_be_visible()
    await page.get_by_label("At most").fill("600/min")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("of 600 requests/min left")).to_be_visible(timeout=END_MS)
    await page.get_by_role("button", name=re.compile("^Stop calls")).first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Stop calls").click()
    await expect(page.get_by_text("Closed by an operator")).to_be_visible()
    await looks_right(view)

    await submit(view, "Summarize", Text="The river is high today. " * 20)
    address = page.url
    why = page.get_by_role("region", name="Why does it wait?")
    await expect(why).to_contain_text("closed by an operator", timeout=END_MS)
    await why.get_by_role("link", name="To the providers").first.click()
    await page.get_by_role("button", name=re.compile("^Let calls through")).first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Let calls through").click()
    await expect(page.get_by_text("Calls go through")).to_be_visible()
    await page.goto(address)
    await expect(status(view)).to_contain_text("Completed", timeout=END_MS)
    assert [line for line in view.said if not line.startswith(EXPECTED)] == []


async def test_an_operator_holds_jobs_back_and_retries_the_dead(view: View) -> None:
    page = view.page
    await page.keyboard.press("g")
    await page.keyboard.press("q")
    await page.get_by_role("button", name="Pause the job type summarize").click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("button", name="Resume the job type summarize")).to_be_visible()
    await page.get_by_role("button", name="Limit the queue default").click()
    await page.get_by_label("Run at once, at most").fill("7")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("of 7 (limit)")).to_be_visible()
    await looks_right(view)

    await submit(view, "Summarize", Text="The key is wrong at first. [[plan:401,ok]]")
    why = page.get_by_role("region", name="Why does it wait?")
    await expect(why).to_contain_text("The job type 'summarize' has been paused since")
    await looks_right(view)
    address = page.url
    await why.get_by_role("link", name="To the queues").click()
    await page.get_by_role("link", name="default", exact=True).click()
    await expect(page.get_by_role("table", name="Backlog").locator("tbody tr")).to_have_count(1)
    await looks_right(view)
    await page.get_by_role("link", name="All queues").click()
    await page.get_by_role("button", name="Resume the job type summarize").click()
    await page.goto(address)
    await expect(status(view)).to_contain_text("Failed", timeout=END_MS)
    await expect(why).to_have_count(0)

    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await page.get_by_role("link", name="See the jobs of summarize with auth_failed").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("auth_failed of summarize")
    await looks_right(view)
    await page.get_by_role("link", name="All groups").click()
    await page.get_by_role("button", name="Retry the group summarize, auth_failed").click()
    await page.get_by_role("dialog").get_by_role("button", name="Retry 1 job").click()
    await expect(page.get_by_text("Retried 1 of 1 job")).to_be_visible(timeout=END_MS)
    await expect(page.get_by_text("No dead letters")).to_be_visible()
    await looks_right(view)
    await page.goto(address)
    await expect(status(view)).to_contain_text("Completed", timeout=END_MS)
    assert view.said == []


async def test_a_key_opens_the_api_until_it_is_revoked(view: View, real: Real) -> None:
    page, dialog = view.page, view.page.get_by_role("dialog")
    await page.goto(f"{real.origin}/keys")
    await page.get_by_role("button", name="Create a key").click()
    await dialog.get_by_label("Description").fill("nightly import")
    await dialog.get_by_role("button", name="Create", exact=True).click()
    key = await dialog.get_by_test_id("new-key").inner_text()
    async with httpx2.AsyncClient(base_url=real.origin, headers={"X-API-Key": key}) as client:
        assert (await client.get("/api/v1/jobs")).status_code == 200
        await dialog.get_by_role("button", name="I have kept it").click()
        await page.get_by_role("button", name="Revoke the key nightly import").click()
        await dialog.get_by_role("button", name="Revoke").click()
        await expect(page.get_by_role("table", name="Keys")).to_contain_text("Revoked")
        assert (await client.get("/api/v1/jobs")).status_code == 401


async def test_the_documentation_works_under_its_policy(view: View, real: Real) -> None:
    await view.page.goto(f"{real.origin}/docs")
    await view.page.get_by_text("/api/v1/jobs/batch", exact=True).click()
    await expect(view.page.get_by_role("button", name="Try it out")).to_be_visible()
    assert view.said == []


async def test_the_overview_says_when_a_part_is_gone(view: View, real: Real) -> None:
    none_alive = view.page.get_by_role("alert").filter(has_text="No worker is alive")
    real.worker.signal(signal.SIGTERM)
    await expect(none_alive).to_be_visible(timeout=END_MS)
    assert view.said == []
    real.worker = await real.stack.worker()
    await expect(none_alive).to_be_hidden(timeout=END_MS)
    real.api.signal(signal.SIGKILL)
    await eventually(lambda: not real.api.is_alive)
    await expect(view.page.get_by_text("API away")).to_be_visible(timeout=END_MS)
    await expect(view.page.get_by_text("These figures are old")).to_be_visible()
