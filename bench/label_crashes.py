"""A server killed with SIGKILL while labels are issued, activated and scanned: nothing acknowledged may be missing."""

import tempfile
import time
from pathlib import Path

from bench.report import Report
from tests import server_process
from tests.enterprises import test_label_crash

DATABASES = ("SQLite",)  # the server has a database file of its own
ROUNDS = 34  # kills in each of the three steps


def run(report: Report) -> int:
    """Kill, look, send again, count; returns the number of faults."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gi-label-crashes-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        server_process.manage(home, "migrate", "--verbosity", "0")
        found = test_label_crash.crash(home, ROUNDS)
    print(f"\nlabel crashes: {found.kills} kills with SIGKILL, {time.monotonic() - start:.0f} s")
    report.note(f"issue and activate: {found.forms_cut_off} of {2 * ROUNDS} cut off before their answer")
    report.note(f"scans: {found.scans_acknowledged} acknowledged, {found.scans_cut_off} cut off, all tried again")
    report.note("no acknowledged scan or range lost, ledger balances" if not found.wrong else "FAILED")
    for line in found.wrong:
        report.note(line)
    return len(found.wrong)
