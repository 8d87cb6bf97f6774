"""Accounts, keys, users, teams and the audit log; and what is shown to whom."""

import re

import pytest
from playwright.async_api import Locator, expect

from app.auth.caller import Role
from tests.browser.conftest import OpenView, Theme, View
from tests.browser.played_people import GRACE, PASSWORD, RESEARCH
from tests.browser.stand_in import StandIn


def row(view: View, name: str) -> Locator:
    return view.page.get_by_role("row").filter(has=view.page.get_by_text(name, exact=True))


async def choose(view: View, item: str) -> None:
    """Go to a page of the account menu."""
    await view.page.get_by_role("button", name="Account").click()
    await view.page.get_by_role("menuitem", name=item).click()
    await expect(view.page.get_by_role("heading", level=1)).to_have_text(item)


async def test_a_key_is_made_shown_once_replaced_revoked_and_restored(view: View, site: StandIn) -> None:
    page, dialog = view.page, view.page.get_by_role("dialog")
    await view.go("/")
    await choose(view, "API keys")
    await page.get_by_role("button", name="Create a key").click()
    await dialog.get_by_label("Days until it ends").fill("2.5")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("A whole number from 1 to 365.")).to_be_visible()
    await expect(dialog.get_by_label("Days until it ends")).to_have_value("2.5")
    await dialog.get_by_label("Days until it ends").fill("30")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("Description")).to_be_focused()
    await expect(dialog.get_by_text("give at least 1 character")).to_be_visible()
    assert await view.faults() == []
    await dialog.get_by_label("Description").fill("dashboard")
    await dialog.get_by_role("checkbox", name="jobs:write").uncheck()
    await dialog.get_by_role("combobox", name="Team").click()
    await page.get_by_role("option", name="Research").click()
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await expect(dialog.get_by_test_id("new-key")).to_contain_text("hr_live_new")
    await page.keyboard.press("Escape")
    assert await view.faults() == []
    await dialog.get_by_role("button", name="I have kept it").click()
    await expect(dialog).to_be_hidden()
    made = site.people.keys[0]
    assert (made["team_id"], made["scopes"]) == (RESEARCH, ["jobs:read", "files"])
    assert "s3cr3t" not in await page.content()

    await page.get_by_role("button", name="Rotate the key nightly import").click()
    await dialog.get_by_label("Hours that the old one goes on").fill("2")
    await dialog.get_by_role("button", name="Rotate").click()
    await dialog.get_by_role("button", name="I have kept it").click()
    await expect(page.get_by_role("row").filter(has_text="Replaced").filter(has_text="nightly import")).to_be_visible()

    await page.get_by_role("button", name="Revoke the key dashboard").click()
    await expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(row(view, "dashboard")).to_contain_text("Revoked")
    await page.get_by_role("button", name="Restore the key dashboard").click()
    await dialog.get_by_role("button", name="Restore").click()
    await expect(row(view, "dashboard")).to_contain_text("Active")


async def test_an_administrator_keeps_the_users(view: View, site: StandIn) -> None:
    page, dialog = view.page, view.page.get_by_role("dialog")
    await view.go("/")
    await choose(view, "Users")
    await page.get_by_role("button", name="Create a user").click()
    await dialog.get_by_label("E-mail address").fill("nobody")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("E-mail address")).to_be_focused()
    await expect(dialog.get_by_text("this is no e-mail address")).to_be_visible()
    await dialog.get_by_label("E-mail address").fill("hedy@example.org")
    await dialog.get_by_label("Name").fill("Hedy")
    await dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
    await dialog.get_by_role("combobox", name="Role").click()
    await page.get_by_role("option", name="Viewer").click()
    assert await view.faults() == []
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await expect(row(view, "Hedy")).to_contain_text("Viewer")

    await page.get_by_role("button", name="Disable Hedy").click()
    await dialog.get_by_role("button", name="Disable").click()
    await expect(row(view, "Hedy")).to_contain_text("Disabled")
    await page.get_by_role("button", name="End sessions of Grace of the night shift").click()
    await dialog.get_by_role("button", name="End sessions").click()
    await expect(dialog).to_be_hidden()
    assert site.people.lines[0]["target"] == f"user:{GRACE}"
    await page.get_by_role("button", name="Edit Ada").click()
    await dialog.get_by_role("combobox", name="Role").click()
    await page.get_by_role("option", name="Viewer").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("This is the last active administrator.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Disable Ada")).to_have_count(0)
    await page.get_by_role("link", name="See keys of Grace of the night shift").click()
    await expect(row(view, "last year's")).to_contain_text("Expired")


async def test_an_administrator_keeps_the_teams(view: View, site: StandIn) -> None:
    page, dialog = view.page, view.page.get_by_role("dialog")
    await view.go("/")
    await choose(view, "Teams")
    await page.get_by_role("link", name="Research").click()
    await page.get_by_role("button", name="Add a member").click()
    await dialog.get_by_label("E-mail address of a user").fill("unheard-of@example.org")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("No user has this address.")).to_be_visible()
    await dialog.get_by_label("E-mail address of a user").fill("linus@example.org")
    await page.keyboard.press("Enter")
    await expect(row(view, "Linus")).to_be_visible()
    await page.get_by_role("button", name="Remove Linus").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(row(view, "Linus")).to_have_count(0)
    await page.get_by_role("switch", name="Hide payloads from viewers").click()
    await expect(page.get_by_role("switch")).to_be_checked()
    await page.get_by_role("button", name="Rename").click()
    await dialog.get_by_label("Name").fill("Exploration")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Exploration")
    assert site.people.teams[0] | {"name": "Exploration", "hides_payloads": True} == site.people.teams[0]


async def test_the_audit_log_is_narrowed_and_followed_back(view: View) -> None:
    page = view.page
    await view.go("/audit")
    rows = page.get_by_role("table", name="Audit log").locator("tbody tr")
    await expect(rows).to_have_count(50)
    await page.get_by_role("button", name="Older lines").click()
    await expect(rows).to_have_count(70)
    await expect(page.get_by_role("button", name="Older lines")).to_have_count(0)
    await page.get_by_role("combobox", name="Actor").click()
    await page.get_by_role("option", name="service").click()
    await expect(page.get_by_text("14 lines")).to_be_visible()
    await page.get_by_role("combobox", name="Action").click()
    await page.get_by_role("option", name="user.update").click()
    await expect(page).to_have_url(re.compile(r"\?actor=service&action=user\.update$"))
    csv = page.get_by_role("link", name="Download as CSV")
    await expect(csv).to_have_attribute("href", "/api/v1/admin/audit?format=csv&actor=service&action=user.update")
    await page.get_by_role("button", name=re.compile("^Details of user.update")).first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("before")
    assert await view.faults() == []


async def test_sessions_end_and_a_password_changes(view: View, site: StandIn) -> None:
    page, dialog = view.page, view.page.get_by_role("dialog")
    await view.go("/account")
    await page.get_by_role("button", name="End the session from 2001:db8::17").click()
    await dialog.get_by_role("button", name="End", exact=True).click()
    await expect(page.get_by_text("2001:db8::17")).to_have_count(0)
    await page.get_by_role("button", name="End all others").click()
    await dialog.get_by_role("button", name="End all others").click()
    await expect(page.get_by_text("198.51.100.4")).to_have_count(0)
    await expect(page.get_by_text("this browser")).to_be_visible()
    current = page.get_by_role("textbox", name="Current password")
    await current.fill("wrong")
    await page.get_by_role("textbox", name="New password").fill("the river ran high")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("this is not the password")).to_be_visible()
    await expect(current).to_be_focused()
    await current.fill(PASSWORD)
    site.is_signed_in = True
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/signin$"))


async def names(view: View, path: str) -> set[str]:
    """Return what the buttons and links of a page are called."""
    await view.go(path)
    await expect(view.page.get_by_role("heading", level=1)).to_be_visible()
    await expect(view.page.get_by_text("Loading")).to_have_count(0)
    found = (
        await view.page.get_by_role("button")
        .or_(view.page.get_by_role("link"))
        .or_(view.page.get_by_role("checkbox"))
        .evaluate_all("all => all.map((one) => one.getAttribute('aria-label') ?? one.textContent.trim())")
    )
    return set(found)


WRITES = re.compile("^(Select|Submit|New job|Cancel|Retry|Delete|Discard|Choose)")
OPERATES = re.compile("^(Pause|Resume|Limit|Close|Open|Stop calls|Quota|Check(?! now)|Reset|Forget)")


@pytest.mark.parametrize(
    ("role", "writes", "operates"), [(Role.VIEWER, False, False), (Role.MEMBER, True, False), (Role.ADMIN, True, True)]
)
async def test_nobody_is_shown_what_his_role_may_not_do(
    view: View, site: StandIn, role: Role, *, writes: bool, operates: bool
) -> None:
    site.people.role = role
    failed = next(id_ for id_, job in site.jobs.items() if job.status == "failed")
    shown = await names(view, f"/jobs/{failed}") | await names(view, "/queues") | await names(view, "/providers")
    if not writes:
        shown |= await names(view, "/jobs") | await names(view, "/dead-letters")
    assert any(WRITES.match(one) for one in shown) == writes, sorted(shown)
    assert any(OPERATES.match(one) for one in shown) == operates, sorted(shown)
    if operates:
        return
    for path in ("/teams", "/audit") if writes else ("/users", "/new"):
        await view.go(path)
        await expect(view.page.get_by_role("heading", level=1)).to_have_text("Not for your role")
    await view.page.get_by_role("button", name="Account").click()
    await expect(view.page.get_by_role("menuitem", name="API keys")).to_be_visible()
    await expect(view.page.get_by_role("menuitem", name="Users")).to_have_count(0)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
async def test_what_a_viewer_of_a_team_that_hides_sees_can_be_read_by_all(
    open_view: OpenView, site: StandIn, theme: Theme, width: int
) -> None:
    site.people.role, site.people.hides = Role.VIEWER, True
    site.uploads.add("minutes.pdf")
    done = next(job for job in site.jobs.values() if job.status == "completed")
    done.body |= {"payload_hidden": True, "input": {}, "result": None}
    view = await open_view(theme=theme, width=width)
    await view.go(f"/jobs/{done.body['id']}")
    await expect(view.page.get_by_role("alert")).to_contain_text("Payloads are hidden")
    await expect(view.page.get_by_role("region", name="Input")).to_contain_text("Hidden by the team.")
    assert await view.faults() == []
    await view.go("/files")
    await expect(view.page.get_by_text("Hidden by the team")).to_be_visible()
    await expect(view.page.get_by_role("link", name=re.compile("Download"))).to_have_count(0)
    await view.go("/users")
    await expect(view.page.get_by_role("heading", level=1)).to_have_text("Not for your role")
    assert await view.faults() == []
    assert await view.too_wide_px() == 0
    await view.page.get_by_role("button", name="Account").click()
    await expect(view.page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    assert await view.faults() == []
