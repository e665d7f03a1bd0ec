"""Issuing a million labels, and their codes as a table: one row, and memory that does not grow."""

import time
import tracemalloc
import uuid

from bench.races import make_world
from bench.report import Report
from bench.scans import judge
from enterprises import label_codes, label_keys, labels
from enterprises.label_models import LabelBatch, LabelEvent
from gi_registry import label_archives
from tests.label_world import make_labels

LABELS = 1_000_000
ROUNDS = 3
AIM_ISSUE_S, AIM_CODES_A_SECOND, AIM_MEMORY_MB = 1.0, 100_000, 2.0


def rows() -> int:
    return LabelBatch.objects.count() + LabelEvent.objects.count()


def run(report: Report) -> None:
    """Seconds to issue, rows written, codes a second as CSV on one core, the most memory that takes."""
    found = make_labels(certified=10**12, world=make_world())
    owner, reviewer, approver = (found.world.actor(name) for name in ("owner", "reviewer", "approver"))
    taken, batch = [], None
    print(f"\nissuing {LABELS:,} labels ({report.database}, best of {ROUNDS})")
    for _round in range(ROUNDS):
        batch = found.request(LABELS)
        before, start = rows(), time.perf_counter()
        labels.propose(batch, by=reviewer)  # so many are issued by two officials
        labels.agree(batch, by=approver)
        taken.append(time.perf_counter() - start)
        assert rows() == before, "issuing wrote rows for labels"
    judge(report, "seconds to issue, without a row more than the request's", min(taken), AIM_ISSUE_S, at_most=True)
    start = time.perf_counter()
    labels.activate(batch, by=owner, nonce=uuid.uuid4(), first=1, last=LABELS)
    report.note(f"activating all of them: {(time.perf_counter() - start) * 1000:.0f} ms, one row")
    secret, order_key = label_keys.unseal(batch.key_id, batch.secret, f"batch:{batch.pk}"), label_keys.order_key()

    def csv() -> int:
        codes = label_codes.make_many(batch.pk, 1, LABELS, secret=secret, order_key=order_key)
        return sum(len(piece) for piece in label_archives.csv_lines(codes, "HTTPS://GI.EXAMPLE.GOV.CN/V/"))

    best = 0.0
    for _round in range(ROUNDS):
        start = time.perf_counter()
        size = csv()
        best = max(best, LABELS / (time.perf_counter() - start))
    judge(report, f"codes a second as CSV ({size / 1e6:.0f} MB streamed)", best, AIM_CODES_A_SECOND)
    tracemalloc.start()
    csv()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    judge(report, "MB of memory at most while streaming", peak, AIM_MEMORY_MB, at_most=True)
