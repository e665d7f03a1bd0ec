"""Scans over HTTP: the label page against a bare view and against a plain implementation, and under attack.

1,000 batches of 10,000 labels are issued, which are 1,000 rows; the plain implementation has a row for each of
100,000 labels. A real granian with two workers serves both databases; threads of this process ask. Every request
names another network in X-Forwarded-For, as a proxy would.
"""

import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from bench.pages import free_port, wait_for
from bench.races import make_world
from bench.report import Report, percentile
from enterprises import label_codes, label_keys
from enterprises.label_models import LabelBatch, LabelEvent
from tests.label_world import make_labels

BATCHES, LABELS, PLAIN_ROWS = 1000, 10_000, 100_000
PHONE = "Mozilla/5.0 (Linux; Android 13; M2012K11AC) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
ROUNDS, REQUESTS, THREADS = 12, 400, 4
HONEST_A_SECOND, SECONDS = 200, 15
CROWD, GUESSES = 5_000, 100_000
AIM_OF_BARE, AIM_OF_PLAIN, AIM_P99_MS, AIM_SLOWER = 0.5, 4.0, 60.0, 1.2

dice = random.Random(20261121)


def network() -> str:
    """An address of a visitor, from some provinces' networks as well as from elsewhere."""
    return f"{dice.choice((36, 59, 113, 117, 183, 218))}.{dice.randrange(256)}.{dice.randrange(256)}.7"


def issue() -> list[tuple[LabelBatch, bytes]]:
    """All batches, issued and active, with their secrets. The first one by the writers, the others as copies of it."""
    found = make_labels(certified=10**13, world=make_world())
    first = found.batch(LABELS, active=(1, LABELS))
    rows, events = [], []
    for number in range(BATCHES - 1):
        row = LabelBatch.objects.get(pk=first.pk)
        row.pk, row.nonce, row.reference = first.pk + 1 + number, uuid.uuid4(), f"LBENCH{number:05}"
        row.key_id, row.secret = label_keys.seal(label_keys.new_secret(), f"batch:{row.pk}")
        rows.append(row)
        events.append(LabelEvent(batch=row, nonce=uuid.uuid4(), fate="active", first=1, last=LABELS,
                                 on=timezone.localdate(), by_id=first.requested_by_id))  # fmt: skip
    LabelBatch.objects.bulk_create(rows)
    LabelEvent.objects.bulk_create(events)
    batches = [first, *rows]
    return [(batch, label_keys.unseal(batch.key_id, batch.secret, f"batch:{batch.pk}")) for batch in batches]


def codes(batches: list[tuple[LabelBatch, bytes]], count: int) -> list[str]:
    order_key = label_keys.order_key()
    found = []
    for _time in range(count):
        batch, secret = dice.choice(batches)
        found.append(label_codes.make(batch.pk, dice.randrange(1, LABELS + 1), secret=secret, order_key=order_key))
    return found


def wrong_codes(count: int) -> list[str]:
    """Well-formed codes with made-up tags."""
    key, secret = os.urandom(32), os.urandom(32)
    return [label_codes.make(dice.randrange(1 << 26), dice.randrange(1 << 24), secret=secret, order_key=key)
            for _time in range(count)]  # fmt: skip


def plain_rows(batches: list[tuple[LabelBatch, bytes]]) -> list[str]:
    from bench.plain_labels import PlainLabel, PlainScan

    with connection.schema_editor() as editor:
        editor.create_model(PlainLabel)
        editor.create_model(PlainScan)
    found = list(dict.fromkeys(codes(batches, PLAIN_ROWS)))
    PlainLabel.objects.bulk_create(
        (PlainLabel(code=code, batch=batches[number % BATCHES][0]) for number, code in enumerate(found)),
        batch_size=5000,
    )
    return found


@contextmanager
def server(workers: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
               "--workers", str(workers), "--blocking-threads", "1", "--log-level", "error",
               "bench.plain_labels:application"]  # fmt: skip
    variables = os.environ | {"GI_BENCH_SERVER": "1", "GI_TRUSTED_PROXIES": "1"}
    process = subprocess.Popen(command, env=variables)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(10)


class Asker:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path: str) -> tuple[int, float]:
        """Status and milliseconds."""
        headers = {"User-Agent": PHONE, "Accept-Language": "zh-CN", "Accept-Encoding": "gzip",
                   "X-Forwarded-For": network()}  # fmt: skip
        start = time.perf_counter()
        self.connection.request("GET", path, headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, (time.perf_counter() - start) * 1000


def together(port: int, paths: list[str], threads: int = THREADS) -> tuple[float, set[int]]:
    """Seconds that some threads take for all paths, each asking as soon as it has its answer."""
    statuses: set[int] = set()
    parts = [paths[number::threads] for number in range(threads)]

    def run(part: list[str]) -> None:
        asker = Asker(port)
        for path in part:
            statuses.add(asker.ask(path)[0])

    workers = [threading.Thread(target=run, args=(part,)) for part in parts]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start, statuses


def throughput(report: Report, port: int, kinds: dict[str, Callable[[], list[str]]]) -> dict[str, float]:
    """Requests a second of each kind, in turns."""
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(-2, ROUNDS):
        for name, paths in kinds.items():
            seconds, statuses = together(port, paths())
            assert statuses == {200}, (name, statuses)
            if number >= 0:
                taken[name].append(REQUESTS / seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def steadily(port: int, paths: list[str], a_second: int, threads: int = 16) -> list[float]:
    """Milliseconds of requests that begin at fixed times, waiting for nobody; a late start counts as waiting."""
    times: list[float] = []
    lock, counter, begin = threading.Lock(), iter(enumerate(paths)), time.perf_counter() + 0.2

    def run() -> None:
        asker = Asker(port)
        while True:
            with lock:
                number, path = next(counter, (0, ""))
            if not path:
                return
            due = begin + number / a_second
            time.sleep(max(0.0, due - time.perf_counter()))
            status, _took = asker.ask(path)
            assert status == 200, status
            times.append((time.perf_counter() - due) * 1000)

    workers = [threading.Thread(target=run) for _time in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(times)


def beside(port: int, paths: list[str], a_second: int) -> tuple[threading.Thread, threading.Event, list[int]]:
    """Ask for other paths at a steady pace in the background; stops when told."""
    stop, told = threading.Event(), []

    def run() -> None:
        asker, begin = Asker(port), time.perf_counter()
        for number, path in enumerate(paths):
            if stop.is_set():
                return
            time.sleep(max(0.0, begin + number / a_second - time.perf_counter()))
            told.append(asker.ask(path)[0])

    thread = threading.Thread(target=run)
    thread.start()
    return thread, stop, told


def run(report: Report) -> None:
    """Throughput against bare and plain; the 99th percentile at 200 a second; a crowd and an attack beside it."""
    batches = issue()
    plain = plain_rows(batches)
    report.note(f"{BATCHES} batches of {LABELS} labels; the plain implementation with {len(plain)} rows")
    pool = codes(batches, 20_000)
    connection.close()
    with server(workers=1) as port:
        kinds = {
            "bare view": lambda: ["/bare/"] * REQUESTS,
            "label page, scan recorded": lambda: [f"/V/{code}" for code in dice.sample(pool, REQUESTS)],
            "plain implementation": lambda: [f"/plain/{code}/" for code in dice.sample(plain, REQUESTS)],
        }
        warm = [label_codes.make(batch.pk, 1, secret=secret, order_key=label_keys.order_key())
                for batch, secret in batches]  # fmt: skip
        seconds, _statuses = together(port, [f"/V/{code}" for code in warm])
        report.note(f"first scan of each batch after a start: {seconds / len(warm) * 1000 * THREADS:.1f} ms, "
                    f"{THREADS} at a time")  # fmt: skip
        rates = throughput(report, port, kinds)
    bare, label, slow = rates.values()
    print(f"\nscans over HTTP, one worker ({report.database}, median of {ROUNDS} rounds of {REQUESTS})")
    for name, rate in rates.items():
        print(f"  {name:<26} {rate:8.0f}/s  {rate / bare:6.2f} of bare")
    judge(report, "label page of the bare view's rate", label / bare, AIM_OF_BARE)
    judge(report, "label page against the plain implementation", label / slow, AIM_OF_PLAIN)
    with server(workers=2) as port:
        for _time in range(3):  # every worker has seen the batches
            together(port, [f"/V/{code}" for code in warm])
        honest = [f"/V/{code}" for code in dice.choices(pool, k=HONEST_A_SECOND * SECONDS)]
        alone = steadily(port, honest, HONEST_A_SECOND)
        told(report, "200 honest scans a second", alone)
        judge(report, "p99 of 200 a second, ms", percentile(alone, 0.99), AIM_P99_MS, at_most=True)
        half = HONEST_A_SECOND // 2
        again = steadily(port, honest[: half * SECONDS], half)
        told(report, "100 honest scans a second", again)
        for name, others in (
            (f"with a crowd at one code ({CROWD} scans)", [f"/V/{pool[0]}"] * CROWD),
            (f"with guesses ({GUESSES} wrong codes at hand)", [f"/V/{code}" for code in wrong_codes(GUESSES)]),
        ):
            thread, stop, statuses = beside(port, others, 5 * half)
            mixed = steadily(port, honest[: half * SECONDS], half)
            stop.set()
            thread.join()
            told(report, f"100 honest scans a second {name}", mixed)
            report.note(f"beside them {len(statuses)} requests, answered {counted(statuses)}")
            judge(report, f"p95 {name} against alone", percentile(mixed, 0.95) / percentile(again, 0.95), AIM_SLOWER,
                  at_most=True)  # fmt: skip


def counted(statuses: list[int]) -> dict[int, int]:
    return {status: statuses.count(status) for status in sorted(set(statuses))}


def told(report: Report, name: str, times: list[float]) -> None:
    report.note(f"{name}: p50 {percentile(times, 0.5):.1f} ms, p95 {percentile(times, 0.95):.1f} ms, "
                f"p99 {percentile(times, 0.99):.1f} ms ({len(times)} requests)")  # fmt: skip


def judge(report: Report, name: str, value: float, aim: float, *, at_most: bool = False) -> None:
    """Print a figure with its aim, and remember it where it is missed."""
    met = value <= aim if at_most else value >= aim
    word = "at most" if at_most else "at least"
    print(f"  {name}: {value:.2f} (aim: {word} {aim:g}) {'met' if met else 'MISSED'}", flush=True)
    if not met:
        report.missed.append(f"{name}: {value:.2f}, aim {word} {aim:g}")
