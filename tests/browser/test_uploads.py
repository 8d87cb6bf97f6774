"""Uploads: in the form of a job that reads a file, and on the page of all files."""

import asyncio
import re
from http import HTTPStatus

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.conftest import View
from tests.browser.filling import add_file
from tests.browser.played_files import REFUSALS
from tests.browser.stand_in import StandIn

FORM = "/new?type=pdf_extract"
DEFAULTS = {"layout": "auto", "show_left_out": False}  # what the form shows of the other fields
PAPER: FilePayload = {"name": "newspaper.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 and so on"}
DROP = """(zone, names) => {
    const data = new DataTransfer();
    for (const name of names) data.items.add(new File(['%PDF-1.7'], name, {type: 'application/pdf'}));
    for (const kind of ['dragover', 'drop'])
        zone.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


async def choose(view: View) -> None:
    async with view.page.expect_file_chooser() as choosing:
        await view.page.get_by_role("button", name="Choose a file").click()
    await (await choosing.value).set_files(PAPER)


def chosen(view: View) -> Locator:
    return view.page.get_by_role("group", name="Upload").get_by_role("status")


async def test_a_chosen_file_is_uploaded_shown_and_sent_with_the_job(view: View, site: StandIn) -> None:
    await view.go(FORM)
    await choose(view)
    await expect(chosen(view)).to_contain_text("newspaper.pdf")
    await expect(chosen(view)).to_contain_text("PDF · 48 kB · expires in")
    assert await view.faults() == []
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    (job,) = [job for job in site.jobs.values() if job.body["type"] == "pdf_extract"]
    assert job.body["input"] == {"file_id": next(iter(site.uploads.stored)), **DEFAULTS}


async def test_a_job_waits_for_the_file_that_is_being_uploaded(view: View, site: StandIn) -> None:
    await view.go(FORM)
    submit = view.page.get_by_role("button", name="Submit", exact=True)
    await expect(view.page.get_by_text("You will see it run.")).to_be_visible()
    site.gate = asyncio.Event()
    await choose(view)
    await expect(submit).to_be_disabled()
    await expect(view.page.get_by_text("The file is still on its way.")).to_be_visible()
    assert await view.faults() == []
    site.gate.set()
    await submit.click()
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    (job,) = [job for job in site.jobs.values() if job.body["type"] == "pdf_extract"]
    assert job.body["input"] == {"file_id": next(iter(site.uploads.stored)), **DEFAULTS}


async def test_a_dropped_file_is_uploaded_and_two_at_once_are_not(view: View, site: StandIn) -> None:
    await view.go(FORM)
    zone = view.page.get_by_test_id("drop-zone")
    await zone.evaluate(DROP, ["a.pdf", "b.pdf"])
    await expect(view.page.get_by_role("alert")).to_have_text("One file at a time, please.")
    assert site.uploads.stored == {}
    await zone.evaluate(DROP, ["a.pdf"])
    await expect(chosen(view)).to_contain_text("newspaper.pdf")
    await expect(view.page.get_by_role("alert")).to_have_count(0)


async def test_a_recent_upload_is_chosen_again_and_a_path_takes_its_place(view: View, site: StandIn) -> None:
    site.uploads.add("old.pdf")
    add_file(site, "report.pdf")
    await view.go(FORM)
    await view.page.get_by_role("button", name="old.pdf").click()
    await expect(chosen(view)).to_contain_text("old.pdf")
    await view.page.get_by_role("combobox", name="File").fill("report.pdf")
    await expect(chosen(view)).to_have_count(0)
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    (job,) = [job for job in site.jobs.values() if job.body["type"] == "pdf_extract"]
    assert job.body["input"] == {"input_file_path": "report.pdf", **DEFAULTS}


async def test_a_form_without_a_file_says_so(view: View, site: StandIn) -> None:
    await view.go(FORM)
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page.get_by_text("Upload a file, or choose one of the folder.")).to_be_visible()
    assert await view.faults() == []
    assert not [job for job in site.jobs.values() if job.body["type"] == "pdf_extract"]


async def test_a_job_like_one_whose_file_is_gone_says_so(view: View, site: StandIn) -> None:
    id_ = site.uploads.add("old.pdf")
    job = site.add("pdf_extract", {"file_id": id_})
    job.is_frozen = True
    await view.go(f"{FORM}&like={job.body['id']}")
    await expect(chosen(view)).to_contain_text("old.pdf")
    site.uploads.stored.clear()
    await view.page.reload()
    await expect(chosen(view)).to_contain_text("This file is no longer there.")
    assert await view.faults() == []
    await view.page.get_by_role("button", name="Choose another file").click()
    await expect(view.page.get_by_test_id("drop-zone")).to_be_visible()


async def test_an_upload_is_shown_while_it_runs_and_can_be_cancelled(view: View, site: StandIn) -> None:
    await view.go("/files")
    await expect(view.page.get_by_text("No file yet")).to_be_visible()
    assert await view.bad_looks() == []
    site.gate = asyncio.Event()
    await choose(view)
    await expect(view.page.get_by_role("progressbar", name="of newspaper.pdf is sent")).to_have_count(1)
    assert await view.bad_looks() == []
    await view.page.get_by_role("button", name="Cancel").click()
    await expect(view.page.get_by_test_id("drop-zone")).to_be_visible()
    await expect(view.page.get_by_role("alert")).to_have_count(0)
    site.gate.set()


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refused_upload_says_why_and_the_next_one_is_taken(
    view: View, site: StandIn, status: HTTPStatus
) -> None:
    titles = {413: "The file is too large", 415: "This kind of file is not taken", 507: "The server has no room for it"}
    await view.go("/files")
    site.uploads.refuses = status
    await choose(view)
    alert = view.page.get_by_role("alert").filter(has_text=f"{titles[status]}: newspaper.pdf")
    await expect(alert).to_contain_text(REFUSALS[status][1])
    await expect(alert).to_contain_text(REFUSALS[status][0])
    assert await view.faults() == []
    site.uploads.refuses = None
    await choose(view)
    await expect(alert).to_have_count(0)
    await expect(view.page.get_by_role("rowheader", name="newspaper.pdf")).to_be_visible()


async def test_files_are_listed_downloaded_and_deleted_after_a_question(view: View, site: StandIn) -> None:
    for number in range(30):
        site.uploads.add(f"{number:02}.txt", "text/plain", 900)
    await view.go("/")
    await expect(view.page.get_by_role("heading", name="Overview")).to_be_visible()
    await view.page.keyboard.press("g")
    await view.page.keyboard.press("f")
    rows = view.page.locator("tbody tr")
    await expect(rows).to_have_count(25)
    await expect(rows.first).to_contain_text("29.txt")
    await expect(rows.first).to_contain_text("900 B")
    await view.page.get_by_role("button", name="More files").click()
    await expect(rows).to_have_count(30)
    await expect(view.page.get_by_role("button", name="More files")).to_have_count(0)
    async with view.page.expect_download() as downloading:
        await view.page.get_by_role("link", name="Download 29.txt").click()
    assert (await downloading.value).suggested_filename == "29.txt"
    await view.page.get_by_role("button", name="Delete 29.txt").click()
    dialog = view.page.get_by_role("dialog", name="Delete this file?")
    await expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    assert await view.faults() == []
    assert len(site.uploads.stored) == 30
    site.faults = {"/files/0": 503}
    await dialog.get_by_role("button", name="Delete").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("database_unavailable")
    site.faults = {}
    await dialog.get_by_role("button", name="Delete").click()
    await expect(dialog).to_be_hidden()
    await expect(rows).to_have_count(29)
    await expect(view.page.get_by_text("29.txt")).to_have_count(0)


async def test_each_face_of_the_list(view: View, site: StandIn) -> None:
    site.gate = asyncio.Event()
    await view.go("/files")
    await expect(view.page.get_by_role("status").filter(has_text="Loading the files")).to_be_visible()
    assert await view.faults() == []
    site.gate.set()
    await expect(view.page.get_by_text("No file yet")).to_be_visible()
    site.faults = {"/files": 503}
    await view.page.reload()
    await expect(view.page.get_by_role("alert")).to_contain_text("Could not load the files")
    assert await view.faults() == []
    site.faults = {}
    await view.page.get_by_role("button", name="Try again").click()
    await expect(view.page.get_by_text("No file yet")).to_be_visible()
