"""How long a browser that has never been here takes until a page can be used, and how much code it loads for that.

`.venv/bin/python -m load_test.first_load` starts the real local stack and asks for each page with an empty cache.
"""

import gzip
import re
import shutil
import statistics
import sys
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import DIST, FLAGS, NAMES
from tests.rig.local import local_stack

ROUNDS = 5


def main() -> None:
    """Print the medians and the sizes."""
    with local_stack(LLM_PROVIDER="simulated") as stack, sync_playwright() as playwright:
        found = next(path for name in NAMES if (path := shutil.which(name)))
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        context = browser.new_context()
        page = context.new_page()
        page.goto(stack.app("signin"))
        page.get_by_role("heading", name="Overview", level=1).wait_for()
        signed_in = context.storage_state()
        context.close()
        pages = {"sign-in": (None, "/signin"), "overview": (signed_in, "/")}
        for name, (state, path) in pages.items():
            taken = [_until_usable(browser, state, stack.url + path, name) for _ in range(ROUNDS)]
            shown = " ".join(f"{one:.2f}" for one in taken)
            _say(f"{name:<10} {statistics.median(taken):.2f} s until it can be used (median of {shown})")
        browser.close()
    for kind, size in _sizes().items():
        _say(f"{kind:<10} {size / 1000:.1f} kB of JavaScript, gzip")


def _until_usable(browser: Browser, state: object, url: str, name: str) -> float:
    """Return the seconds from asking for a page until somebody can work with it, with nothing in the cache."""
    context = browser.new_context(storage_state=state)  # type: ignore[arg-type]
    page = context.new_page()
    started_s = perf_counter()
    page.goto(url, wait_until="commit")
    _wait_usable(page, name)
    taken_s = perf_counter() - started_s
    context.close()
    return taken_s


def _wait_usable(page: Page, name: str) -> None:
    if name == "sign-in":
        page.get_by_label("Service token").fill("typed")
    else:  # the graph is the last thing that comes and can be clicked
        page.get_by_role("button", name=re.compile("^Completed")).click(trial=True)


def _sizes() -> dict[str, int]:
    """Return the compressed bytes of what the page names at once, and of each route's own chunk."""
    named = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', (DIST / "index.html").read_text("utf-8"))
    sizes = {"at once": sum(_packed(DIST / path) for path in named)}
    for route in ("signin", "overview", "jobs", "job", "new", "charts", "StateFlow"):
        sizes[route] = sum(_packed(chunk) for chunk in (DIST / "assets").glob(f"{route}-*.js"))
    return sizes


def _packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
