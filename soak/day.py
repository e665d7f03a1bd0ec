"""The profile of a national day at fixed rates, with locust on this machine: what each kind of question takes.

Absolute times are those of this machine, which carries the askers too; the ratios to a bare answer of the same run are
what can be compared.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from soak import report, world
from soak.load import PHONE, SEARCHES
from soak.stack import HOST, ROOT, Stack, production_stack

RATES = (10, 20, 40)  # questions a second
SECONDS = int(os.environ.get("SOAK_SECONDS", "45"))  # at each rate
FACTS = """
import json
from enterprises.models import Enterprise
from products.models import Product
print(json.dumps({
    "products": list(Product.objects.order_by("number").values_list("number", flat=True)[:400]),
    "enterprises": [one.key for one in Enterprise.objects.public()[:400]],
}))
"""
HEAD = ("Questions a second", "Kind", "Asked", "Failed", "p50 ms", "p95 ms", "p99 ms", "p50 to a bare answer")


def plan_of(stack: Stack) -> Path:
    """What people ask, as a file for locust."""
    file = stack.home / "plan.json"
    plan = stack.run(FACTS) | {
        "host": HOST, "certificate": str(stack.certificate), "codes": list(stack.seeded["codes"]), "phone": PHONE,
        "searches": SEARCHES, "sessions": stack.seeded["sessions"],
    }  # fmt: skip
    file.write_text(json.dumps(plan))
    return file


def at_rate(stack: Stack, plan: Path, rate: int) -> list[list[str]]:
    """Rows of the table for one rate."""
    prefix = stack.home / f"day-{rate}"
    command = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "soak" / "locustfile.py"), "--headless", "--only-summary",
        "--host", f"https://{HOST}:{stack.ports['nginx']}", "--users", str(rate), "--spawn-rate", "20",
        "--run-time", f"{SECONDS}s", "--reset-stats", "--csv", str(prefix), "--stop-timeout", "20",
    ]  # fmt: skip
    variables = {"PATH": os.environ["PATH"], "SOAK_PLAN": str(plan), "HOME": str(stack.home)}
    ran = subprocess.run(command, env=variables, cwd=stack.home, capture_output=True, text=True, check=False)
    file = prefix.with_name(f"{prefix.name}_stats.csv")
    if not file.is_file():
        raise RuntimeError(f"locust said: {ran.stderr[-1500:]}")
    with file.open() as stream:
        found = {row["Name"]: row for row in csv.DictReader(stream)}
    bare = max(float(found["bare answer"]["50%"]), 1.0)
    names = ("bare answer", "label scan", "search", "product page", "enterprise look-up", "portal", "desk")
    return [
        [str(rate), "all" if name == "Aggregated" else name, row["Request Count"], row["Failure Count"], row["50%"],
         row["95%"], row["99%"], f"{float(row['50%']) / bare:.1f}×"]
        for name in (*names, "Aggregated") if (row := found.get(name)) is not None
    ]  # fmt: skip


def run(template: Path) -> int:
    """All rates; returns how many questions failed."""
    with production_stack(world.full, template=template) as stack:
        plan, rows = plan_of(stack), []
        for rate in RATES:
            print(f"{rate} questions a second ...", flush=True)
            rows += at_rate(stack, plan, rate)
        wrong = world.check(stack)
    text = (f"Measured on: {report.machine()}; two web services with one process each, and the askers on the same "
            f"machine. {SECONDS} seconds at each rate.")  # fmt: skip
    ends = [f"At the end: {len(wrong)} faults in journal, ledgers and counts of scans.", *(f"- {one}" for one in wrong)]
    report.write("load.md", "\n\n".join([text, report.table(HEAD, rows), *ends]))
    return sum(int(row[3]) for row in rows if row[1] == "all") + len(wrong)
