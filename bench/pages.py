"""Pages over HTTP, against a bare Django view behind the same server and the same middleware.

A real granian process serves the register; one connection asks for one page after the other. The figures
are ratios to the bare view (`/healthz`), which goes through all middleware and does nothing.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable

from django.db import connection

from bench.report import Report

PAGES = {
    "bare view": "/healthz",
    "home": "/",
    "record": "/products/365/",
    "largest record": "/products/654/",
    "search, two characters": "/products/?q=" + urllib.parse.quote("黑茶"),
    "search, pinyin": "/products/?q=anhua+heicha",
    "search, all products": "/products/",
    "region, county": "/regions/430923/",
    "region, province": "/regions/430000/",
    "coverage of a list": "/coverage/hunan-51/",
    "recognition": "/recognition/CN-EU-B1/",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError("the server ended at once")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start within 20 seconds")


def fetch(client: http.client.HTTPConnection, path: str) -> bytes:
    client.request("GET", path)
    answer = client.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: status {answer.status}")
    return body


def run(report: Report) -> None:
    """Ratios of pages to a bare view."""
    connection.close()
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "1", "--log-level", "error", "gi_registry.wsgi:application"]
    server = subprocess.Popen(command, env=os.environ)
    try:
        wait_for(port, server)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def asking(path: str) -> Callable[[], object]:
            return lambda: fetch(client, path)

        report.compare(
            "pages over HTTP", {name: asking(path) for name, path in PAGES.items()}, baseline="bare view", rounds=60
        )
    finally:
        server.terminate()
        server.wait(10)
