# ruff: noqa: INP001
"""Writes docs/images: the pages of the browser interface, from a real stack with example jobs.

`.venv/bin/python -m docs.screenshots` starts a stack of its own, fills it and ends it. With a job's id behind it, it
takes the pictures of the stack that already runs with these settings, and fills nothing.
"""

import shutil
import sys
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from docs.example_jobs import fill
from tests.browser.conftest import FLAGS, NAMES
from tests.rig.local import LocalStack, local_stack

IMAGES = Path(__file__).parent / "images"
EXAMPLES = Path(__file__).parents[1] / "examples"
WIDE, NARROW = 1280, 390
HEIGHTS = {WIDE: 900, NARROW: 844}
MAX_BYTES = 300_000
SETTLE_MS = 1500  # live pages have no end to wait for
TREND = ".mantine-Sparkline-root svg"  # there after three looks at the counts


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    given = sys.argv[1] if len(sys.argv) > 1 else None
    running = LocalStack("", IMAGES, {})
    with nullcontext(running) if given else local_stack() as stack:
        job_id = given or fill(stack)
        if not given:
            for name in ("newspaper.pdf", "report.pdf", "article.txt"):
                stack.app("files", "upload", str(EXAMPLES / name))
        with sync_playwright() as playwright:
            found = next(path for name in NAMES if (path := shutil.which(name)))
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            take_all(browser, stack, job_id)
            browser.close()


def take_all(browser: Browser, stack: LocalStack, job_id: str) -> None:
    """Write the pictures; two of them as a telephone shows the page."""
    pages = {
        "overview": "/",
        "jobs": "/jobs",
        "job": f"/jobs/{job_id}",
        "new": "/new?type=data_extraction",
        "queues": "/queues",
        "dead-letters": "/dead-letters",
        "providers": "/providers",
        "files": "/files",
    }
    for theme in ("light", "dark"):
        for width, suffix in ((WIDE, theme), (NARROW, "390")):
            if width == NARROW and theme == "dark":
                continue
            context = browser.new_context(
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
                viewport={"width": width, "height": HEIGHTS[width]},
            )
            page = context.new_page()
            link = stack.app("signin")
            site = link.partition("/signin")[0]
            page.goto(link)
            page.get_by_role("heading", name="Overview", level=1).wait_for()
            page.locator(TREND).nth(5).wait_for()
            for name, path in pages.items():
                if width == NARROW and name not in {"overview", "jobs"}:
                    continue
                if path != "/":
                    page.goto(site + path)
                page.wait_for_timeout(SETTLE_MS)
                if name == "new":
                    page.get_by_role("button", name="Fill in the example").click()
                file = IMAGES / f"{name}-{suffix}.png"
                page.screenshot(path=file, full_page=width == WIDE)
                size = file.stat().st_size
                sys.stdout.write(f"{file.name}: {size / 1000:.0f} kB{' TOO LARGE' if size > MAX_BYTES else ''}\n")
            context.close()


if __name__ == "__main__":
    main()
