"""The picker of files in the form of job type `file`: found, chosen, typed, none there, too many, not readable."""

import asyncio
import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import View
from tests.browser.filling import add_file
from tests.browser.stand_in import StandIn

FORM = "/new?type=file"


def field(view: View) -> Locator:
    return view.page.get_by_role("combobox", name="File")


async def submit(view: View) -> None:
    await view.page.get_by_role("button", name="Submit", exact=True).click()


async def test_a_file_is_found_by_its_words_and_chosen(view: View, site: StandIn) -> None:
    for path in ("report.pdf", "2026/May Report.txt", "2026/notes.md"):
        add_file(site, path)
    await view.go(FORM)
    await expect(view.page.get_by_text("3 files in the files folder.")).to_be_visible()
    await field(view).click()
    await expect(view.page.get_by_role("option")).to_have_count(3)
    assert await view.bad_looks() == []
    await field(view).fill("2026 report")
    await expect(view.page.get_by_role("option")).to_have_count(1)
    await expect(view.page.get_by_role("option")).to_contain_text("1.5 kB")
    await view.page.keyboard.press("ArrowDown")
    await view.page.keyboard.press("Enter")
    await expect(field(view)).to_have_value("2026/May Report.txt")
    await submit(view)
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    (job,) = [job for job in site.jobs.values() if job.body["type"] == "file"]
    assert job.body["input"] == {"input_file_path": "2026/May Report.txt"}


async def test_a_path_that_is_not_listed_can_be_typed(view: View, site: StandIn) -> None:
    add_file(site, "report.pdf")
    site.has_more_files = True
    await view.go(FORM)
    await expect(view.page.get_by_text("The newest 1 files. Another one can be typed.")).to_be_visible()
    await field(view).fill("old/report.pdf")
    await expect(view.page.get_by_text("No listed file is called so.")).to_be_visible()
    await submit(view)
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))


async def test_an_empty_folder_says_what_to_do(view: View, site: StandIn) -> None:
    await view.go(FORM)
    await expect(view.page.get_by_text("No file in the files folder yet; put one there")).to_be_visible()
    assert await view.faults() == []
    add_file(site, "report.pdf")
    await view.page.get_by_role("button", name="Look again").click()
    await expect(view.page.get_by_text("One file in the files folder.")).to_be_visible()


async def test_a_list_that_fails_leaves_the_field(view: View, site: StandIn) -> None:
    site.faults = {"/files": 503}
    await view.go(FORM)
    alert = view.page.get_by_role("alert")
    await expect(alert).to_contain_text("Could not load the files")
    assert await view.faults() == []
    await field(view).fill("report.pdf")
    site.faults = {}
    add_file(site, "report.pdf")
    await view.page.get_by_role("button", name="Try again").click()
    await expect(alert).to_have_count(0)
    await expect(field(view)).to_have_value("report.pdf")


async def test_the_field_is_there_before_the_list_is(view: View, site: StandIn) -> None:
    await view.go("/new?type=echo")
    await expect(view.page.get_by_role("textbox", name="Message")).to_be_visible()
    site.gate = asyncio.Event()
    await view.page.get_by_role("radio", name="Summarize a file").click()
    await expect(view.page.get_by_text("Loading the files")).to_be_visible()
    await field(view).fill("report.pdf")
    site.gate.set()
    await expect(view.page.get_by_text("Loading the files")).to_have_count(0)
    await expect(field(view)).to_have_value("report.pdf")
