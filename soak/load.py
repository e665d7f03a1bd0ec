"""People who use the register while it is broken, and remember every answer that they got."""

import contextlib
import http.client
import random
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from soak.stack import Answer, Stack
from soak.world import LABELS_A_STEP

PHONE = ("Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 "
         "Mobile Safari/537.36 MicroMessenger/8.0.49")  # fmt: skip
FORM = "application/x-www-form-urlencoded"
SEARCHES = ("茶", "安化黑茶", "ahhc", "anhua heicha", "Anhwa dark tea", "米", "yunnan")
SENT_AWAY = 401  # to sign in first
NONE = 0  # no answer: the connection broke or took too long
DONE = (302, 303)
WRITES = ("report", "start", "submit", "issue", "activate")


@dataclass(frozen=True)
class Seen:
    """One question and what came of it. Times are monotonic seconds.

    `clear`: no error, or one that says what to do. `last_known`: a label answered from memory, which the page says.
    """

    kind: str
    key: Any
    start: float
    end: float
    status: int
    clear: bool = True
    last_known: bool = False

    @property
    def good(self) -> bool:
        """Answered as it should be; a form is done, a scan is counted."""
        return not self.last_known and (self.status == 200 if self.kind in ("scan", "search") else self.status in DONE)


@dataclass
class Load:
    """Threads that ask in turn. Whoever got no good answer to a form sends the same form again, as people do."""

    stack: Stack
    pause: float = 0.05  # seconds between two questions of one thread
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock, self._ended, self._dice = threading.Lock(), threading.Event(), random.Random(7)
        self._once = self._fresh()
        self._again: list[tuple[str, Any, Callable[[], Answer]]] = []

    # --- The questions

    def _fresh(self) -> dict[str, Iterator[Any]]:
        """What can be used once only, by kind."""
        found, sessions = self.stack.seeded, self.stack.seeded["sessions"]
        return {
            "scan": iter(found["codes"].items()),
            "issue": ((one, f"/en/desk/label-batches/{one}/issue/", {}, sessions["reviewer"])
                      for one in found["issue"]),
            "submit": ((one, f"/en/portal/applications/{one}/submit/", {"declared": "on", "declaration": "on"},
                        sessions["owner"]) for one in found["submit"]),
            "activate": self._activations(),
        }  # fmt: skip

    def _activations(self) -> Iterator[tuple[str, str, dict[str, str], str]]:
        for number in range(len(self.stack.seeded["issue"])):
            nonce, first = str(uuid.uuid4()), 1 + number * LABELS_A_STEP
            values = {"nonce": nonce, "which": "some", "first": str(first), "last": str(first + LABELS_A_STEP - 1)}
            path = f"/en/portal/label-batches/{self.stack.seeded['activate']}/activate/"
            yield nonce, path, values, self.stack.seeded["sessions"]["owner"]

    def _question(self) -> tuple[str, Any, Callable[[], Answer]] | None:
        """Kind, key and the sending of the next question; four of five are scans."""
        with self._lock:
            if self._again and self._dice.random() < 0.5:
                return self._again.pop(0)
            kind = self._dice.choices(("scan", "search", *WRITES), (80, 8, 3, 2, 2, 3, 3))[0]
            if kind in self._once:
                found = next(self._once[kind], None)
            elif kind == "search":
                found = self._dice.choice(SEARCHES)
            else:
                found = str(uuid.uuid4())
        if found is None:
            return None
        if kind == "scan":
            code, label = found
            named = {"User_Agent": PHONE, "Accept_Language": "zh-CN"}
            return kind, label, lambda: self._client().ask("GET", f"/V/{code}", **named)
        if kind == "search":
            path = "/products/?q=" + urllib.parse.quote(found)
            return kind, found, lambda: self._client().ask("GET", path, User_Agent=PHONE)
        if kind == "report":
            values = {"nonce": found, "suspicion": "other", "text": "Sold as tea, smells of soap."}
            found = (found, "/report/", values, "")
        elif kind == "start":
            values = {"nonce": found}
            found = (found, "/en/portal/applications/new/", values, self.stack.seeded["sessions"]["owner"])
        key, path, values, session = found
        body = urllib.parse.urlencode(values).encode() or b"-="
        return kind, key, lambda: self._client().ask("POST", path, session=session, body=body, Content_Type=FORM)

    def _client(self) -> Any:
        """Somebody from a network of its own: the register counts tries of networks."""
        return self.stack.client(f"127.{random.randrange(1, 255)}.{random.randrange(256)}.7", timeout=30)

    # --- Asking

    def ask(self) -> None:
        """One question, noted."""
        if (question := self._question()) is None:
            return
        kind, key, send = question
        start, status, clear, last_known = time.monotonic(), NONE, True, False
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = send()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            status = SENT_AWAY if "/account/" in headers.get("location", "") else answer.status
            last_known = status == 200 and "retry-after" in headers
            clear = status < 500 or ("登记簿".encode() in answer.body and b"viewport" in answer.body)
        one = Seen(kind, key, start, time.monotonic(), status, clear, last_known)
        with self._lock:
            self.seen.append(one)
            if not one.good and kind != "search" and status in (NONE, 500, 502, 503, 504):
                self._again.append(question)

    @contextlib.contextmanager
    def running(self, threads: int = 3) -> Iterator["Load"]:
        """So many people ask until the block ends."""
        def asking() -> None:
            while not self._ended.is_set():
                self.ask()
                self._ended.wait(self.pause)

        self._ended.clear()
        people = [threading.Thread(target=asking, daemon=True) for _each in range(threads)]
        for one in people:
            one.start()
        try:
            yield self
        finally:
            self._ended.set()
            for one in people:
                one.join(90)

    def finish(self) -> list[Seen]:
        """Send again what got no good answer, until it does; what is still refused then."""
        for _round in range(3):
            waiting, self._again = self._again, []
            for kind, key, send in waiting:
                start, answer = time.monotonic(), send()
                one = Seen(kind, key, start, time.monotonic(), answer.status)
                self.seen.append(one)
                if not one.good:
                    self._again.append((kind, key, send))
        keys = {(kind, key) for kind, key, _send in self._again}
        return [one for one in self.seen if (one.kind, one.key) in keys]

    # --- What came of it

    def wait_for(self, kinds: tuple[str, ...], since: float, patience: float = 120) -> float | None:
        """Seconds from a moment to the end of the first good answer to a question of these kinds asked after it."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with self._lock:
                ends = [one.end for one in self.seen if one.kind in kinds and one.start >= since and one.good]
            if ends:
                return min(ends) - since
            time.sleep(0.05)
        return None

    def between(self, start: float, end: float) -> list[Seen]:
        """What was asked, or waited for an answer, between two moments."""
        with self._lock:
            return [one for one in self.seen if one.end >= start and one.start <= end]

    def acknowledged(self) -> dict[str, list[Any]]:
        """Every write that was answered as done, by kind."""
        found: dict[str, list[Any]] = {}
        for one in self.seen:
            if one.good and one.kind != "search":
                found.setdefault(one.kind, []).append(one.key)
        return found


def statuses(seen: list[Seen]) -> str:
    """How often each status was seen, as "200 ×31, none ×2"."""
    names = {NONE: "none"}
    counts = Counter(f"{names.get(one.status, one.status)}{' as last known' * one.last_known}" for one in seen)
    return ", ".join(f"{name} ×{number}" for name, number in sorted(counts.items())) or "nothing asked"
