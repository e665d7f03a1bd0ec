"""Break one thing after the other while people use the register, and look at what they saw and whether all came back.

Nothing that was acknowledged may be missing or done twice. What a service manager does (start again what died), the
part itself does after a few seconds.
"""

import contextlib
import http.client
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from soak import report, world
from soak.load import WRITES, Load, Seen, statuses
from soak.stack import WEBS, Answer, Stack, production_stack, signal_to

QUIET, AFTER = 3.0, 2.0  # seconds of ordinary use before a fault, and after everything has come back
LEAST = 4.0  # seconds that are looked at, also where nothing seems to happen
SLOW_CLIENTS = 1000


class NotHere(Exception):
    """Why a fault cannot be made on this machine."""


class Fault(NamedTuple):
    """Something that goes wrong for the length of a `with` block, which yields a remark."""

    title: str
    happens: Callable[[Stack], AbstractContextManager[str]]
    own_time: bool = False  # needs processes with a time of their own, which makes every other figure worse


# --- Processes ---


def killed(*names: str, seconds: float = 3.0) -> Callable[[Stack], AbstractContextManager[str]]:
    """SIGKILL; started again after some seconds."""
    @contextmanager
    def happens(stack: Stack) -> Iterator[str]:
        for name in names:
            stack.kill(name)
        time.sleep(seconds)
        yield f"started again after {seconds:g} s"
        stack.start(*names)

    return happens


@contextmanager
def one_process(stack: Stack) -> Iterator[str]:
    """A process of a web service, which the service starts again by itself."""
    signal_to(stack.pids("web-1")[-1], signal.SIGKILL)
    yield "the service starts another process by itself"


@contextmanager
def database_stops_at_once(stack: Stack) -> Iterator[str]:
    process = stack.services["postgres"].process
    assert process is not None
    process.send_signal(signal.SIGQUIT)
    process.wait(30)
    time.sleep(3)
    yield "`pg_ctl stop -m immediate`, started after 3 s"
    stack.start("postgres")


@contextmanager
def database_hangs(stack: Stack) -> Iterator[str]:
    """No connection breaks and nothing answers, as with a disk that hangs."""
    numbers = stack.pids("postgres")
    for number in numbers:
        signal_to(number, signal.SIGSTOP)
    time.sleep(8)
    yield "all its processes stand still for 8 s"
    for number in reversed(numbers):
        signal_to(number, signal.SIGCONT)


@contextmanager
def database_is_slow(stack: Stack) -> Iterator[str]:
    """It runs a fifth of the time, as on a machine that is given to others."""
    numbers, until = stack.pids("postgres"), time.monotonic() + 8
    while time.monotonic() < until:
        for what, seconds in ((signal.SIGSTOP, 0.2), (signal.SIGCONT, 0.05)):
            for number in numbers:
                signal_to(number, what)
            time.sleep(seconds)
    yield "it stands still for 200 of 250 ms, for 8 s"


@contextmanager
def table_is_locked(stack: Stack) -> Iterator[str]:
    with stack.sql() as cursor:
        cursor.execute("BEGIN; LOCK TABLE enterprises_season IN ACCESS EXCLUSIVE MODE")
        time.sleep(8)
        yield "the ledgers of labels are locked for 8 s"
        cursor.execute("ROLLBACK")


@contextmanager
def new_version(stack: Stack) -> Iterator[str]:
    for name in WEBS:
        stack.stop(name)
        stack.start(name)
    yield "one web service after the other, each when the one before answers"


# --- Time ---


def time_jumps(seconds: int) -> Callable[[Stack], AbstractContextManager[str]]:
    """Web services and worker, not the database, are set to another time, and back."""
    @contextmanager
    def happens(stack: Stack) -> Iterator[str]:
        if stack.time is None:
            raise NotHere("libfaketime is not installed")
        stack.set_time(seconds)
        time.sleep(6)
        told = json.loads(stack.inside("web-1", "/readyz").body)["checks"]["time"]["state"]
        way = "ahead" if seconds > 0 else "back"
        yield f"{abs(seconds) // 60} minutes {way} for 6 s; `/readyz` calls the time {told}"
        stack.set_time(0)
        time.sleep(1.5)  # until every process has seen it

    return happens


# --- Disks ---


def mount(*arguments: str) -> None:
    """As root in a container this is often refused."""
    if os.geteuid() != 0:
        raise NotHere("only root can mount")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"mount was refused: {done.stderr.strip()}")


def to_small_disk(stack: Stack) -> Path:
    """Move the cluster to a disk of its own in memory, not much larger than it is."""
    data = stack.home / "postgres" / "data"
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file()) // 2**20
    stack.stop("postgres")
    apart = data.with_name("apart")
    data.rename(apart)
    data.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={size + 200}m,mode=0700", "tmpfs", str(data))
    except NotHere:
        data.rmdir()
        apart.rename(data)
        stack.start("postgres")
        raise
    shutil.copystat(apart, data)
    owner = apart.stat()
    os.chown(data, owner.st_uid, owner.st_gid)
    subprocess.run(["cp", "-a", f"{apart}/.", str(data)], check=True)
    stack.start("postgres")
    return data


def from_small_disk(stack: Stack, data: Path) -> None:
    stack.stop("postgres")
    apart = data.with_name("kept")
    subprocess.run(["cp", "-a", str(data), str(apart)], check=True)
    subprocess.run(["umount", str(data)], check=True)
    data.rmdir()
    apart.rename(data)
    stack.start("postgres")


def fill(folder: Path) -> Path:
    """Until not one byte more fits."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x")
    return ballast


@contextmanager
def disk_is_full(stack: Stack) -> Iterator[str]:
    data = to_small_disk(stack)
    try:
        ballast = fill(data)
        time.sleep(8)
        ballast.unlink()
        yield "no byte fits on the database's disk for 8 s"
        stack.start("postgres")  # where it gave up
    finally:
        from_small_disk(stack, data)


@contextmanager
def documents_cannot_be_written(stack: Stack) -> Iterator[str]:
    folder = stack.gi_home / "private"
    folder.mkdir(exist_ok=True)
    mount("--bind", str(folder), str(folder))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        refused = upload(stack)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    again = upload(stack)
    clear = "登记簿".encode() in refused.body
    yield (f"an upload was answered with {refused.status} ({'says what happened' if clear else 'NOT CLEAR'}), "
           f"afterwards with {again.status}")  # fmt: skip


def upload(stack: Stack) -> Answer:
    """A photograph with a report."""
    from PIL import Image

    picture = io.BytesIO()
    Image.effect_noise((300, 200), 40).save(picture, "JPEG")
    nonce = str(time.monotonic_ns())
    values = {"nonce": f"00000000-0000-4000-8000-{nonce[-12:]:0>12}", "suspicion": "other", "text": "See the picture."}
    edge = "edge-of-a-part"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in values.items()]  # fmt: skip
    head = f'--{edge}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg'
    parts += [f"{head}\r\n\r\n".encode(), picture.getvalue(), f"\r\n--{edge}--\r\n".encode()]
    kind = f"multipart/form-data; boundary={edge}"
    return stack.client("127.77.1.7").ask("POST", "/report/", body=b"".join(parts), Content_Type=kind)


# --- People ---


@contextmanager
def slow_clients(stack: Stack) -> Iterator[str]:
    """A thousand that send the half of a question and wait, from fifty addresses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    open_ones = []
    try:
        for number in range(SLOW_CLIENTS):
            one = stack.client(f"127.88.{number % 50}.7").connect()
            one.sendall(b"POST /report/ HTTP/1.1\r\nHost: register.example\r\n")
            open_ones.append(one)
        time.sleep(12)
        for one in open_ones:
            one.settimeout(0.5)
        cut = sum(is_cut(one) for one in open_ones[:100])
        yield f"{len(open_ones)} half questions; nginx cut off {cut} of the first 100 within 12 s"
    finally:
        for one in open_ones:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_cut(one: "http.client.socket.socket") -> bool:  # type: ignore[name-defined]
    """Whether the other side has ended a connection."""
    try:
        return one.recv(100) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


FAULTS = [
    Fault("A web process is killed", one_process),
    Fault("One of two web services is killed", killed("web-1")),
    Fault("All web services are killed", killed(*WEBS)),
    Fault("nginx is killed", killed("nginx", seconds=2)),
    Fault("The worker is killed", killed("worker", seconds=2)),
    Fault("The database is killed", killed("postgres")),
    Fault("The database stops at once", database_stops_at_once),
    Fault("The database hangs", database_hangs),
    Fault("The database is slow", database_is_slow),
    Fault("A table is locked", table_is_locked),
    Fault("The database's disk is full", disk_is_full),
    Fault("Documents cannot be written", documents_cannot_be_written),
    Fault("Redis is killed", killed("redis", seconds=10)),
    Fault("A thousand slow clients", slow_clients),
    Fault("A new version is started", new_version),
    Fault("The time jumps ahead", time_jumps(3600), own_time=True),
    Fault("The time jumps back", time_jumps(-3600), own_time=True),
]
HEAD = ("What happens", "Scans and searches meanwhile", "Forms meanwhile", "First scan again", "First form again",
        "Errors that said nothing", "Acknowledged and lost", "Remark")  # fmt: skip


def try_one(stack: Stack, load: Load, fault: Fault) -> list[str]:
    """Break, mend, wait until everything answers; a row of the table."""
    time.sleep(QUIET)
    start, around = time.monotonic(), contextlib.ExitStack()
    try:
        remark = around.enter_context(fault.happens(stack))
    except NotHere as reason:
        return [fault.title, f"not tried: {reason}", *[""] * (len(HEAD) - 2)]
    mending = time.monotonic()
    around.close()
    back = [load.wait_for(("scan",), mending), load.wait_for(WRITES, mending)]
    end = max(time.monotonic(), start + LEAST)
    time.sleep(max(0.0, end - time.monotonic()) + AFTER)
    seen = load.between(start, end)
    lost = world.lost_in(stack, load.acknowledged())
    for line in lost[:5]:
        print(f"  LOST {line}", flush=True)

    def told(forms: bool) -> str:
        return statuses([one for one in seen if (one.kind in WRITES) == forms])

    waits = [f"{one:.1f} s" if one is not None else "NOT BACK" for one in back]
    silent = sum(not one.clear for one in seen)
    return [fault.title, told(False), told(True), *waits, str(silent), str(len(lost)), remark]


def run(template: Path, names: list[str] | None = None) -> int:
    """All faults; returns how many of them, and of the checks at the end, went wrong."""
    chosen = [one for one in FAULTS if not names or any(name in one.title.lower() for name in names)]
    plain = trial(template, [one for one in chosen if not one.own_time])
    timed = trial(template, [one for one in chosen if one.own_time], own_time=True)
    rows, wrong = plain.rows + timed.rows, plain.wrong + timed.wrong
    lines = [
        f"Measured on: {report.machine()}. {totals(plain.seen + timed.seen)}",
        report.table(HEAD, rows),
        f"At the end: {len(wrong)} faults found by the comparison of all acknowledged writes with the database, by the "
        f"ledgers and by `check_register`. `verify_journal`: {plain.journal}",
        *(f"- {line}" for line in wrong[:20]),
    ]
    report.write("faults.md", "\n\n".join(lines))
    bad = [row for row in rows if "NOT" in " ".join(row).replace("not tried", "") or row[5] not in ("", "0")]
    return len(wrong) + len(bad) + sum(row[6] not in ("", "0") for row in rows)


class Trial(NamedTuple):
    """Rows of the table, what was wrong at the end, every question, and what `verify_journal` said."""

    rows: list[list[str]]
    wrong: list[str]
    seen: list[Seen]
    journal: str


def trial(template: Path, faults: list[Fault], *, own_time: bool = False) -> Trial:
    """Some faults one after the other on a stack of their own."""
    if not faults:
        return Trial([], [], [], "")
    with production_stack(world.full, template=template, own_time=own_time) as stack:
        before = complaints(stack)
        load, rows = Load(stack, pause=0.1), []
        with load.running(threads=4):
            for fault in faults:
                print(f"{fault.title} ...", flush=True)
                rows.append(try_one(stack, load, fault))
                print("  " + " | ".join(rows[-1][1:]), flush=True)
        refused = load.finish()
        wrong = [*world.lost_in(stack, load.acknowledged()), *world.check(stack), *(complaints(stack) - before)]
        wrong += [f"{one.kind} {one.key} is answered with {one.status}" for one in refused]
        journal = stack.manage("verify_journal").stdout.strip().splitlines()[-1]
    return Trial(rows, wrong, load.seen, journal)


def complaints(stack: Stack) -> set[str]:
    """What `check_register` says; the world of the tests has products that no loader made, which it notes."""
    told = stack.manage("check_register", check=False)
    return {line for line in (told.stdout + told.stderr).splitlines() if line.strip() and "CommandError" not in line}


def totals(seen: list[Seen]) -> str:
    """How much was asked in all."""
    good = sum(one.good for one in seen)
    acknowledged = sum(one.good and one.kind in WRITES for one in seen)
    scans = sum(one.good and one.kind == "scan" for one in seen)
    return (f"{len(seen):,} questions of four people who ask in turn, {good:,} with a good answer; {scans:,} scans and "
            f"{acknowledged:,} forms were acknowledged and compared with the database.")  # fmt: skip
