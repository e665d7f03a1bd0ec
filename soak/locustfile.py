"""People of a national day for locust: four of five scan a label, the others look something up or work.

`soak.day` starts it and says by the environment (SOAK_PLAN, a file) where the site is and what can be asked. Each
person has a network of its own, because the register counts tries of networks, and asks at a fixed rate.
"""

import itertools
import json
import os
import random
import socket
import time
from pathlib import Path
from urllib.parse import quote

from locust import HttpUser, constant_throughput, task
from requests.adapters import HTTPAdapter

PLAN = json.loads(Path(os.environ["SOAK_PLAN"]).read_text())
CODES = itertools.cycle(PLAN["codes"])
NUMBERS = itertools.count()
look_up = socket.getaddrinfo


def on_this_machine(host: object, *arguments: object, **options: object) -> object:
    """The site's name leads to loopback."""
    return look_up("127.0.0.1" if host == PLAN["host"] else host, *arguments, **options)  # type: ignore


socket.getaddrinfo = on_this_machine  # type: ignore[assignment]


class From(HTTPAdapter):
    """Connections that come from an address of their own."""

    def init_poolmanager(self, *arguments: object, **options: object) -> None:
        number = next(NUMBERS)
        source = (f"127.{1 + number // 250 % 250}.{number % 250}.7", 0)
        super().init_poolmanager(*arguments, source_address=source, **options)  # type: ignore


class Person(HttpUser):
    """Somebody with a phone; some of them work in an enterprise or an office."""

    wait_time = constant_throughput(1)  # questions a second

    def on_start(self) -> None:
        time.sleep(random.random())  # locust starts people in one moment; they would ask in one moment for ever
        self.client.verify = PLAN["certificate"]
        self.client.mount("https://", From())
        self.client.headers.update({"User-Agent": PLAN["phone"], "Accept-Language": "zh-CN"})

    def get(self, path: str, name: str, session: str = "") -> None:
        cookie = {"Cookie": f"sessionid={session}"} if session else {}
        self.client.get(path, name=name, headers=cookie, allow_redirects=False)

    @task(80)
    def scan(self) -> None:
        self.get(f"/V/{next(CODES)}", "label scan")

    @task(7)
    def search(self) -> None:
        self.get(f"/products/?q={quote(random.choice(PLAN['searches']))}", "search")

    @task(4)
    def product(self) -> None:
        self.get(f"/products/{random.choice(PLAN['products'])}/", "product page")

    @task(4)
    def enterprise(self) -> None:
        self.get(f"/enterprises/{random.choice(PLAN['enterprises'])}/", "enterprise look-up")

    @task(2)
    def portal(self) -> None:
        self.get("/portal/", "portal", PLAN["sessions"]["owner"])

    @task(1)
    def desk(self) -> None:
        self.get("/desk/", "desk", PLAN["sessions"]["reviewer"])

    @task(10)
    def nothing(self) -> None:
        self.get("/healthz", "bare answer")
