"""Every page in both themes and both widths: reachable for all, never wider than the window, silent."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import OpenView, View
from tests.browser.played_people import RESEARCH
from tests.browser.stand_in import StandIn

JOB = "019ab000-0000-7000-8000-0000021e6f60"
PAGES = {
    "/": "Overview",
    "/jobs": "Jobs",
    "/jobs?type=nothing-has-it": "Jobs",
    f"/jobs/{JOB}": "classify",
    "/jobs/00000000-0000-7000-8000-000000000000": "No such job",
    "/queues": "Queues",
    "/queues/default": "Queue default",
    "/queues/unheard-of": "No such queue",
    "/dead-letters": "Dead letters",
    "/new?type=classify": "New job",
    "/new?type=data_extraction": "New job",
    "/new?type=file": "New job",
    "/new?type=pdf_extract": "New job",
    "/providers": "Providers",
    "/files": "Files",
    "/account": "Account",
    "/keys?of=all": "API keys",
    "/users": "Users",
    "/teams": "Teams",
    f"/teams/{RESEARCH}": "Research",
    "/audit?action=user.update": "Audit log",
    "/nowhere": "No such page",
}


async def test_axe_finds_nothing_and_nothing_scrolls_sideways(view: View, site: StandIn) -> None:
    assert JOB in site.jobs
    site.uploads.add("2026-03-14 The Mill Courier, with all of its supplements and a name that does not end.pdf")
    for path, title in PAGES.items():
        await view.go(path)
        await expect(view.page.get_by_role("heading", level=1)).to_have_text(title)
        await expect(view.page.get_by_text("Loading")).to_have_count(0)
        assert (path, await view.bad_looks()) == (path, [])


async def test_axe_finds_nothing_on_the_sign_in_and_the_error_faces(view: View, site: StandIn) -> None:
    site.is_signed_in = False
    await view.go("/jobs")
    await expect(view.page.get_by_label("Service token")).to_be_visible()
    assert await view.bad_looks() == []
    await view.page.get_by_role("button", name="Use e-mail address and password").click()
    await expect(view.page.get_by_label("E-mail address")).to_be_focused()
    assert await view.bad_looks() == []
    site.is_signed_in, site.faults = True, {"/admin/stats": 503, "/jobs": 503, "/job-types": 503}
    for path in ("/", "/jobs", "/new"):
        await view.go(path)
        await expect(view.page.get_by_role("alert").first).to_contain_text("database_unavailable")
        assert await view.bad_looks() == []


async def test_every_page_says_that_it_loads(view: View, site: StandIn) -> None:
    for path in ("/", "/jobs", f"/jobs/{JOB}", "/new"):
        site.gate = asyncio.Event()
        await view.go(path)
        await expect(view.page.get_by_role("status").filter(has_text="Loading")).to_be_visible()
        assert (path, await view.faults()) == (path, [])
        site.gate.set()
        await expect(view.page.get_by_text("Loading")).to_have_count(0)


async def test_the_theme_is_chosen_and_stays(open_view: OpenView) -> None:
    view = await open_view(theme="light")
    await view.go("/jobs")
    scheme = view.page.locator("html")
    await view.page.get_by_role("button", name="Theme:").click()
    await view.page.get_by_role("menuitem", name="Dark").click()
    await expect(scheme).to_have_attribute("data-mantine-color-scheme", "dark")
    await view.page.reload()
    await expect(scheme).to_have_attribute("data-mantine-color-scheme", "dark")


async def test_a_bad_look_is_told_with_its_width_and_theme(view: View) -> None:
    await view.go("/nowhere")
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("No such page")
    await view.page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`
                [data-mantine-color-scheme=dark] h1 { color: #333; background: #222; }
                main { min-width: 500px; }
            `);
            document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        }"""
    )
    wrong = await view.bad_looks()
    assert [line.split(":")[0] for line in wrong] == ["1280 px, dark", "390 px, dark", "390 px, dark", "390 px, light"]
    assert all("color-contrast" in line for line in wrong[:2])
    assert "px wider than the window" in wrong[3]
