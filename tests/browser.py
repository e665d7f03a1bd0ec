"""Fixtures for tests in a real browser: the machine's own Chromium, one page a test, no network.

A test takes `page` and `site` and carries the mark `browser`:

    @pytest.mark.browser
    def test_search_without_javascript(page, site): page.goto(f"{site}/products/")
"""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import override_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route
    from pytest_django import DjangoDbBlocker

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def wait_for_what_was_asked(patch: pytest.MonkeyPatch) -> None:
    """A click or a key that leads to another page ends when that page is whole.

    Playwright ends it with the page's first byte, so that a busy machine counts what has not arrived yet.
    """
    from playwright.sync_api import Locator, Page

    def whole(act: Callable[..., None]) -> Callable[..., None]:
        @wraps(act)
        def acted(self: Any, *args: Any, **options: Any) -> None:
            act(self, *args, **options)
            (self if isinstance(self, Page) else self.page).wait_for_load_state("load")

        return acted

    for kind in (Page, Locator):
        for name in ("click", "press"):
            patch.setattr(kind, name, whole(getattr(kind, name)))


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator["Browser"]:
    """Chromium, started once for each worker; the test is skipped where the machine has none."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Chromium refuses its sandbox to root, which a build machine usually is.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        wait_for_what_was_asked(patch)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def _site_server(django_db_setup: None, django_db_blocker: "DjangoDbBlocker") -> Iterator[str]:
    from pytest_django.live_server_helper import LiveServer

    with django_db_blocker.unblock():
        if not (connection.vendor == "sqlite" and connection.is_in_memory_db()):
            pytest.skip("browser tests share the in-memory database of the test")
        server = LiveServer("127.0.0.1")
        yield server.url
        server.stop()


@pytest.fixture
def site(db: None, _site_server: str) -> Iterator[str]:
    """Address of a running site that sees the rows of this test; they are rolled back afterwards.

    Unlike pytest-django's `live_server` it does not empty the tables after every test, which is slow and
    which the journal's triggers forbid.
    """
    with override_settings(SITE_URL=_site_server):
        yield _site_server


@pytest.fixture
def page(browser: "Browser", _site_server: str) -> Iterator["Page"]:
    """A fresh page, 1280 px wide. Script errors and requests to another host fail the test at its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    faults: list[str] = []

    def only_ours(route: "Route") -> None:
        if route.request.url.startswith((_site_server, "data:", "blob:")):
            route.continue_()
        else:
            faults.append(f"request to another host: {route.request.url}")
            route.abort()

    def said(message: Any) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    context.route("**/*", only_ours)
    tab = context.new_page()
    tab.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    tab.on("console", said)
    yield tab
    context.close()
    assert not faults, "\n".join(faults)
