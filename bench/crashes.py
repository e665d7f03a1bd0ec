"""A server killed with SIGKILL in the middle of steps: half done or forgotten ones must not be found."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.report import Report
from tests import server_process
from tests.enterprises import test_crash

DATABASES = ("SQLite",)  # the server has a database file of its own
ROUNDS = 25  # of each step


def run(report: Report) -> int:
    """Kill, look, count; returns the number of faults."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gi-crashes-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        server_process.manage(home, "migrate", "--verbosity", "0")
        seen, found = test_crash.crash(home, ROUNDS)
        wrong = test_crash.faults(seen, found)
    killed = Counter(status is None for _step, _file, status in seen)
    kills = ROUNDS * len(test_crash.STEPS)
    done = sum(
        all(found["files"][file][name] == value for name, value in test_crash.NEW[step].items())
        for step, file, status in seen if status is None
    )  # fmt: skip
    print(f"crashes: {kills} kills, {killed[True]} before an answer, of these {done} with the step done and "
          f"{killed[True] - done} without, {len(wrong)} faults, {time.monotonic() - start:.0f} s")  # fmt: skip
    for line in wrong:
        print(f"  {line}")
    return len(wrong)
