"""What a phone has to load and wait for: bytes of the pages, and the moment when the largest thing in view is painted.

The server runs as in production (hashed, compressed files). The browser is slowed down like a cheap phone on a weak
network: 1.6 Mbit/s, 150 ms for a question and its answer, a processor of a quarter of this machine's speed; nothing
is in its cache. The aim speaks of seconds, so this part prints milliseconds; the machine's own noise is in them.
"""

import gzip
import http.client
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command

from bench.pages import free_port, wait_for
from bench.report import Report
from gi_registry.demo_labels import addresses
from tests.browser import FLAGS

DATABASES = ("SQLite",)
PAGES = {
    "home": "/", "home, English": "/en/", "record": "/products/365/", "largest record": "/products/654/",
    "all products": "/products/", "province": "/regions/430000/", "coverage of a list": "/coverage/national-832/",
    "recognition": "/recognition/CN-EU-B1/", "guide": "/guides/how-to-read-a-label/", "news": "/news/",
    "search": "/search/?q=" + urllib.parse.quote("茶"), "check a label": "/verify/",
}  # fmt: skip
WEIGHT_AIM = 100 * 1024  # bytes of HTML, CSS and JavaScript as they travel
PAINT_AIM = 1500  # milliseconds
TIMES = 5
PHONE = {"downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8, "latency": 150, "offline": False}
LARGEST_PAINT = """new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true}))"""


def run(report: Report) -> None:
    for command in ("create_content", "seed_demo"):
        with open(os.devnull, "w") as nowhere:
            call_command(command, stdout=nowhere)
    label = dict(addresses())
    shown = {**PAGES, "label": next(iter(label.values()))}
    with served() as port:
        for name, path in shown.items():
            size, parts = weight(port, path)
            report.note(f"{name}: {size / 1024:.1f} KB in {parts} files")
            if size > WEIGHT_AIM:
                report.missed.append(f"{name} weighs {size / 1024:.1f} KB, more than {WEIGHT_AIM // 1024}")
        for name in ("home", "record", "label"):
            paint = largest_paint(port, shown[name])
            report.note(f"{name}: largest thing painted after {paint:.0f} ms on a slow phone (median of {TIMES})")
            if paint > PAINT_AIM:
                report.missed.append(f"{name} is painted after {paint:.0f} ms, aim {PAINT_AIM}")


@contextmanager
def served() -> Iterator[int]:
    """The register as in production, on a port of this machine."""
    port = free_port()
    environment = os.environ | {
        "GI_PRODUCTION": "1", "GI_SECRET_KEY": secrets.token_urlsafe(60), "GI_ALLOWED_HOSTS": "127.0.0.1",
        "GI_SITE_URL": f"http://127.0.0.1:{port}", "GI_SSL_REDIRECT": "0", "EMAIL_URL": "consolemail://",
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], env=environment, check=True
    )
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "error",
        "gi_registry.wsgi:application",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment)
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def weight(port: int, path: str) -> tuple[int, int]:
    """Bytes of a page with its styles and scripts as they travel, and how many files that are."""
    html, size = load(port, path)
    linked = re.findall(rb'<link rel="stylesheet" href="([^"]+)"|<script [^>]*src="([^"]+)"', html)
    files = {(style or script).decode() for style, script in linked}
    return size + sum(load(port, file)[1] for file in files), 1 + len(files)


def load(port: int, path: str) -> tuple[bytes, int]:
    """A file and the bytes in which it travelled."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = client.getresponse()
    body = answer.read()
    client.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: status {answer.status}")
    return (gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body), len(body)


def largest_paint(port: int, path: str) -> float:
    """Milliseconds until the largest thing in view stands there: the median of some loads without a cache."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, "--no-sandbox"])
        for _ in range(TIMES):
            page = chromium.new_context(**playwright.devices["Moto G4"], locale="zh-CN").new_page()
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", PHONE)
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            page.goto(f"http://127.0.0.1:{port}{path}", wait_until="load")
            page.wait_for_timeout(300)
            found.append(page.evaluate(LARGEST_PAINT))
            page.context.close()
        chromium.close()
    return statistics.median(found)
