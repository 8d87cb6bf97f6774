"""A Chromium, and pages on the played API. Skipped without a Chromium or without a built frontend."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.filling import fill
from tests.browser.stand_in import ORIGIN, StandIn

FRONTEND = Path(__file__).parents[2] / "frontend"
DIST = FRONTEND / "dist"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
# The first without what a window would need: a fifth less work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 14_000  # shorter than the longest pause between two polls, so that an event must have come
expect.set_options(timeout=WAIT_MS)
# Two frames, then whatever moves to an end: in between, text may stand on a colour that is not its own.
SETTLE = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
}"""
# To load the style sheets once more would serve rules alone that are tried out yet, and off.
LOOK = "(rules) => axe.run(document, {resultTypes: ['violations'], preload: false, ...(rules && {runOnly: rules})})"
Theme = Literal["light", "dark"]
# A theme is colours alone, so one of them is looked at for nothing else.
RULES: Mapping[Theme, list[str] | None] = {"dark": ["color-contrast", "link-in-text-block"], "light": None}
WIDTHS = (1280, 390)
HEIGHT = 844
# Chromium writes these itself for an answer that the test asked for.
EXPECTED = ("Failed to load resource",)


def need(file: Path) -> None:
    """Skip without this file; in CI, which installs everything, fail: it must not pass without having looked."""
    if not file.is_file():
        stop = pytest.fail if os.environ.get("CI") else pytest.skip  # noqa: TID251 - not a setting of ours
        stop(f"{file} is missing")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> None:
    """Nothing to refuse: no port is opened, and a foreign request of the page is aborted and reported."""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    need(Path(found or "Chromium"))
    need(DIST / "index.html")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        await started.close()


@pytest.fixture
def site() -> StandIn:
    """The played API, with jobs of every state."""
    played = StandIn(DIST)
    fill(played)
    return played


@dataclass
class View:
    """A page and what its console said."""

    page: Page
    origin: str = ORIGIN
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to the console."""
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    async def go(self, path: str) -> None:
        """Open an address of ours."""
        await self.page.goto(self.origin + path)

    async def faults(self, rules: list[str] | None = None) -> list[str]:
        """Return what axe finds on the page as it is, without the tooltip of what the pointer happens to be over.

        `rules`: these alone.
        """
        await self.page.mouse.move(0, 0)
        await expect(self.page.get_by_role("tooltip")).to_have_count(0)
        await self.page.evaluate(SETTLE)
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = await self.page.evaluate(LOOK, rules)
        return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]

    async def bad_looks(self) -> list[str]:
        """Return what is wrong with the page as it stands, at both widths and in both themes.

        That is what axe finds, and what is wider than the window. The page is loaded once for all four of them, and is
        wide and light at the end.
        """
        wrong = []
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            for theme, rules in RULES.items():
                await self._put_on(theme)
                found = await self.faults(rules)
                if too_wide_px := await self.too_wide_px():
                    found.append(f"{too_wide_px} px wider than the window")
                wrong += [f"{width} px, {theme}: {fault}" for fault in found]
        await self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        return wrong

    async def _put_on(self, theme: Theme) -> None:
        await self.page.emulate_media(color_scheme=theme)
        await expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", theme)

    async def too_wide_px(self) -> int:
        """Return by how much the page is wider than its window."""
        wide: int = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return max(0, wide)


OpenView = Callable[..., Awaitable[View]]


@pytest.fixture
async def open_view(browser: Browser, site: StandIn) -> AsyncIterator[OpenView]:
    """Open windows on the played API; at the end none of them may have said anything or asked another host."""
    views: list[View] = []

    async def open_one(*, theme: Theme = "light", width: int = 1280) -> View:
        context = await browser.new_context(
            color_scheme=theme, reduced_motion="reduce", viewport={"width": width, "height": HEIGHT}
        )
        context.set_default_timeout(WAIT_MS)
        await context.route("**/*", site.handle)
        view = View(await context.new_page())
        views.append(view)
        return view

    yield open_one
    for view in views:
        await view.page.context.close()
    assert [line for view in views for line in view.said if not line.startswith(EXPECTED)] == []
    assert [line for line in site.asked if line.startswith("FOREIGN")] == []


@pytest.fixture
async def view(open_view: OpenView) -> View:
    """One window: light, 1280 px wide."""
    return await open_view()
