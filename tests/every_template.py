"""Run after the suite (`make test` does): every template was rendered, and no page has a fault of accessibility.

The pages are those that the tests have seen (`tests/seen_pages.py`): public ones, portal and desk, in the states that
tests bring them into. Of all of them the fewest that show every template are looked at, at two widths, by axe.
"""

import json
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders

from tests.seen_pages import FOLDER, TEMPLATES

# Pages in files of Wagtail's editor are Wagtail's; e-mails are text; these come from no request of a test client.
BY_HAND = {
    "503.html": "rendered without a request; tests/gi_registry looks at it",
    "500.html": "rendered without a request; tests/gi_registry looks at it",
}
SHARES = 8  # the pages are dealt out to this many tests, so that two processes can share the work


@cache
def pages() -> dict[str, tuple[str, frozenset[str]]]:
    """{file: (address, our templates)} of the pages seen."""
    ours = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    found = {}
    for file in sorted(FOLDER.glob("*.json")):
        address, names = json.loads(file.read_text())
        found[file.stem] = (address, frozenset(names) & ours)
    return found


@cache
def chosen() -> list[str]:
    """The fewest pages, greedily, that together show every template seen; pages of Wagtail's editor apart."""
    left = {file: names for file, (address, names) in pages().items() if not address.startswith("/cms/")}
    wanted = frozenset().union(*left.values())
    picked = []
    while wanted:
        best = max(sorted(left), key=lambda file: len(left[file] & wanted))
        picked.append(best)
        wanted -= left[best]
    return picked


def test_every_template_was_rendered():
    there = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    seen = frozenset().union(*(names for _address, names in pages().values()))
    assert sorted(there - seen - set(BY_HAND)) == []


@pytest.mark.browser
@pytest.mark.parametrize("share", range(SHARES))
def test_axe_finds_nothing_on_any_template(browser, share):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route("**/*", answer)
    faults = []
    for file in chosen()[share::SHARES]:
        address, _names = pages()[file]
        page.goto(f"http://register/{file}")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for violation in Axe().run(page).response["violations"]:
                places = [node["target"] for node in violation["nodes"]][:3]
                faults.append(f"{address} ({file}) at {width}: {violation['id']} {places}")
        page.set_viewport_size({"width": 320, "height": 900})  # 1280 px at 400 %
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            faults.append(f"{address} ({file}): wider than 320 px")
    context.close()
    assert faults == []


def answer(route):
    """A page that was kept, or a file of ours that it links to."""
    path = urlsplit(route.request.url).path
    kept = FOLDER / f"{path.strip('/')}.html"
    if path.startswith("/static/") and (file := finders.find(path.removeprefix("/static/"))):
        route.fulfill(path=file)
    elif "/" not in path.strip("/") and kept.is_file():
        route.fulfill(body=Path(kept).read_bytes(), content_type="text/html; charset=utf-8")
    else:
        route.fulfill(status=404, body="")
