"""The pages of a document beside what was read: tables, doubts, keys, many pages, narrow windows, no picture."""

import asyncio
import re

from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenView, View
from tests.browser.played_job import PlayedJob
from tests.browser.played_pages import add_document, add_extracted, add_sourced
from tests.browser.stand_in import StandIn

COPIED = "() => window.copied"
KEEP_COPIES = "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }"


def region(view: View, name: str) -> Locator:
    return view.page.get_by_role("region", name=name, exact=True)


def picture(view: View, number: int) -> Locator:
    return view.page.get_by_role("img", name=f"Page {number} as it looks")


def address(job: PlayedJob, query: str = "") -> str:
    return f"/jobs/{job.body['id']}{query}"


async def is_drawn(view: View, number: int) -> None:
    await expect(picture(view, number)).to_be_visible()
    await expect(picture(view, number)).to_have_js_property("naturalWidth", 827)


async def test_a_page_is_seen_beside_what_was_read(view: View, site: StandIn) -> None:
    job = add_document(site)
    await view.go(address(job, "?page=2"))
    page = region(view, "Page 2")
    await is_drawn(view, 2)
    await expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    await expect(page).to_contain_text("Text layer")
    await expect(page).to_contain_text("The form's 4 fields are at the end.")
    await expect(page.get_by_role("table")).to_have_count(2)
    left_out = page.get_by_role("button", name="3 running heads and page numbers left out")
    await expect(page.get_by_text("14 March 2026")).to_be_hidden()
    await left_out.click()
    await expect(page.get_by_text("14 March 2026")).to_be_visible()
    assert await view.faults() == []


async def test_a_table_is_a_table(view: View, site: StandIn) -> None:
    await view.go(address(add_document(site), "?page=2"))
    await view.page.evaluate(KEEP_COPIES)
    page = region(view, "Page 2")
    in_text = page.get_by_role("table", name="Table in the text, 2 rows")
    await expect(in_text.get_by_role("columnheader")).to_have_text(["Mill", "Wheels"])
    await expect(in_text.get_by_role("cell", name="12")).to_have_css("text-align", "right")
    await expect(page.get_by_text("| Mill |")).to_have_count(0)
    table = page.get_by_role("table", name="Table 1 of page 2, 3 rows")
    await expect(table.get_by_role("columnheader")).to_have_text(["Year", "Barley, t", "Share", "Remarks"])
    await expect(table.get_by_role("cell", name="(87.0)")).to_have_css("text-align", "right")
    await expect(table.get_by_role("cell", name="first full year")).to_have_css("text-align", "left")
    await expect(table.get_by_role("cell", name="<b>flood</b>")).to_be_visible()
    await page.get_by_role("button", name="Copy table as TSV").last.click()
    copied: str = await view.page.evaluate(COPIED)
    assert copied.splitlines()[:2] == ["Year\tBarley, t\tShare\tRemarks", "1784\t1,204.5\t12 %\tfirst full year"]
    assert "\t'=SUM(A1)\t" in copied
    await page.get_by_role("button", name="Copy text").click()
    copied = await view.page.evaluate(COPIED)
    assert copied.startswith("Accounts\n\nThe accounts of the mill")
    assert copied.endswith("cell_is_wide")


async def test_doubt_is_marked_and_can_be_filtered(view: View, site: StandIn) -> None:
    job = add_document(site)
    await view.go(address(job))
    result = region(view, "Result")
    await expect(result).to_contain_text("accounts.pdf, date of issue unknown: 11 pages read, 2 doubtful, 1 skipped")
    pages = result.get_by_role("navigation", name="Pages of the document")
    await expect(pages.get_by_role("button")).to_have_count(12)
    await result.get_by_role("switch", name="Only doubtful pages (2)").click()
    await expect(pages.get_by_role("button")).to_have_text(["3", "7"])
    page = region(view, "Page 3")
    note = page.get_by_role("alert")
    await expect(note).to_contain_text("Many words are in no dictionary: 31 % of the page")
    await expect(note).to_contain_text("such as: qzxv, wrlth")
    await expect(note).to_contain_text("Some of the text cannot be seen on the page: under 1 % of the page")
    await expect(note).to_contain_text("Score 0.62")
    await expect(view.page).to_have_url(re.compile(r"\?page=3&doubtful=only$"))
    await page.get_by_role("button", name="Next page").click()
    await expect(region(view, "Page 7")).to_contain_text("Two readings of the picture say different things")
    await expect(region(view, "Page 7")).to_contain_text("Model with vision")
    assert await view.faults() == []
    await view.page.reload()
    await expect(region(view, "Page 7")).to_be_visible()
    await expect(pages.get_by_role("button")).to_have_count(2)


async def test_keys_go_through_the_pages(view: View, site: StandIn) -> None:
    job = add_document(site)
    await view.go("/jobs")
    await view.go(address(job, "?page=3"))
    await expect(region(view, "Page 3")).to_be_visible()
    for key, number in (("ArrowRight", 4), ("ArrowRight", 5), ("ArrowLeft", 4), ("ArrowLeft", 3), ("ArrowLeft", 2)):
        await view.page.keyboard.press(key)
        await expect(region(view, f"Page {number}")).to_be_visible()
    await view.page.get_by_role("group", name="Table 1 of page 2").focus()
    await view.page.keyboard.press("ArrowRight")  # it scrolls the table
    await expect(view.page).to_have_url(re.compile(r"page=2$"))
    await view.page.get_by_role("navigation", name="Pages of the document").focus()
    await view.page.keyboard.press("ArrowDown")
    await expect(region(view, "Page 3")).to_be_visible()
    await view.page.keyboard.press("ArrowUp")
    await expect(region(view, "Page 2")).to_be_visible()
    await view.page.go_back()  # no page of the way through is in the history
    await expect(view.page).to_have_url(re.compile(r"/jobs$"))


async def test_of_hundreds_of_pages_those_near_the_view_are_there(view: View, site: StandIn) -> None:
    job = add_document(site, pages=900)
    await view.go(address(job, "?page=450"))
    await is_drawn(view, 450)
    pages = view.page.get_by_role("navigation", name="Pages of the document")
    await expect(pages.get_by_role("button", name="Page 450", exact=True)).to_be_in_viewport()
    assert await pages.get_by_role("button").count() < 60
    asked = {line for line in site.asked if "/pages/" in line}
    assert {line.rpartition("/")[2] for line in asked} <= {"450", "451"}
    await view.go(address(job, "?page=99999"))
    await expect(region(view, "Page 900")).to_be_visible()
    await view.go(address(job, "?page=x"))
    await expect(region(view, "Page 1")).to_be_visible()


async def test_a_picture_on_its_way_and_one_that_does_not_come(view: View, site: StandIn) -> None:
    job = add_document(site)
    site.drawing = asyncio.Event()
    await view.go(address(job))
    await expect(region(view, "Page 1").locator(".mantine-Skeleton-root")).to_be_visible()
    await expect(region(view, "Page 1").get_by_role("heading", name="Chapter 1")).to_be_visible()
    assert await view.faults() == []
    site.faults["/jobs/" + job.body["id"] + "/pages/1"] = 503
    site.drawing.set()
    page = region(view, "Page 1")
    await expect(page.get_by_role("status")).to_contain_text("The picture of this page did not come.")
    assert await view.faults() == []
    site.faults.clear()
    await page.get_by_role("button", name="Try again").click()
    await is_drawn(view, 1)


async def test_pages_of_a_file_that_expired_are_read_without_pictures(view: View, site: StandIn) -> None:
    job = add_document(site)
    site.uploads.stored.clear()
    await view.go(address(job, "?page=2"))
    page = region(view, "Page 2")
    await expect(page.get_by_role("status")).to_contain_text("The file is not there any more")
    await expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Accounts")).to_be_visible()


async def test_each_statement_leads_to_its_page(view: View, site: StandIn) -> None:
    await view.go(address(add_sourced(site)))
    result = region(view, "Result")
    await expect(result).to_contain_text("The mill was built in 1784. It is blue.")
    await result.get_by_text("Sources", exact=True).click()
    await expect(result).to_contain_text("Read from PDF, 5 pages, 34,012 characters")
    await expect(result).to_contain_text("May have been read wrongly: page 8")
    await is_drawn(view, 6)
    blue = result.get_by_role("article").filter(has_text="It is blue.")
    await expect(blue).to_contain_text("Not found in the text")
    await expect(blue.get_by_role("button")).to_have_count(0)
    barley = result.get_by_role("article").filter(has_text="It ground barley.")
    await expect(barley).to_contain_text("barley was ground there until 1963")
    await barley.get_by_role("button", name="Page 9").click()
    await is_drawn(view, 9)
    await expect(view.page).to_have_url(re.compile(r"\?page=9$"))
    assert await view.faults() == []


async def test_each_field_has_its_place(view: View, site: StandIn) -> None:
    await view.go(address(add_extracted(site)))
    result = region(view, "Result")
    owner = result.get_by_role("article").filter(has_text="owner")
    await expect(owner.first).to_contain_text("A. Miller")
    totals = result.get_by_role("article").filter(has_text="total")
    await expect(totals).to_have_count(2)
    await expect(totals.last).to_contain_text("Parts of the text say different things")
    await totals.first.get_by_role("button", name="Page 8").click()
    await is_drawn(view, 8)
    assert await view.faults() == []


async def test_the_pages_look_right(view: View, site: StandIn) -> None:
    document, sourced, extracted = add_document(site), add_sourced(site), add_extracted(site)
    for path, number in (
        (address(document, "?page=2"), 2),
        (address(document, "?page=3"), 3),
        (address(extracted), 8),
    ):
        await view.go(path)
        await is_drawn(view, number)
        assert (path, await view.bad_looks()) == (path, [])
    await view.go(address(sourced))
    await view.page.get_by_text("Sources", exact=True).click()
    await is_drawn(view, 6)
    assert await view.bad_looks() == []


async def test_on_a_narrow_window_the_picture_stands_above_the_text(open_view: OpenView, site: StandIn) -> None:
    view = await open_view(width=390)
    await view.go(address(add_document(site), "?page=3"))
    await is_drawn(view, 3)
    heading = region(view, "Page 3").get_by_role("heading", name="Chapter 3")
    drawn, read = await picture(view, 3).bounding_box(), await heading.bounding_box()
    assert drawn is not None
    assert read is not None
    assert drawn["y"] + drawn["height"] < read["y"]
    await view.page.get_by_text("Text", exact=True).click()
    await expect(picture(view, 3)).to_have_count(0)
    await view.page.get_by_text("Picture", exact=True).click()
    await expect(heading).to_have_count(0)
    await is_drawn(view, 3)
    await view.page.get_by_role("combobox", name="Page").select_option("Page 7, doubtful")
    await is_drawn(view, 7)


async def test_the_form_asks_for_the_layout_and_what_is_left_out(view: View, site: StandIn) -> None:
    await view.go("/new?type=pdf_extract")
    await view.page.get_by_role("button", name="Fill in the example").click()
    layout = view.page.get_by_role("combobox", name="Layout")
    await expect(layout).to_have_value("auto")
    await layout.click()
    await view.page.get_by_role("option", name="newspaper").click()
    await view.page.get_by_role("switch", name="Show what is left out").click()
    assert await view.faults() == []
    await view.page.get_by_role("button", name="Submit", exact=True).click()
    await expect(view.page).to_have_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
    (job,) = [job for job in site.jobs.values() if job.body["type"] == "pdf_extract"]
    assert job.body["input"] == {
        "input_file_path": "newspaper.pdf",
        "pages": "1-5",
        "layout": "newspaper",
        "show_left_out": True,
    }
