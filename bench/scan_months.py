"""A million scans of a month that is to be forgotten: its partition dropped, against the same rows deleted.

For the comparison the migration's own ways there and back make one table of it, and months again. What a single scan
costs is measured in turns, because other work on the machine would fall upon one of them.
"""

import datetime
import itertools
import statistics
import time
from collections.abc import Callable
from importlib import import_module

from django.db import connection
from django.utils import timezone

from bench.races import make_world
from bench.report import Report
from enterprises import scan_partitions, scanning
from enterprises.scan_models import label_key
from enterprises.scan_months import first_kept, first_minute
from enterprises.scanning import Visit
from tests.label_world import make_labels

DATABASES = ("PostgreSQL",)
SCANS, ROUNDS, IN_A_ROUND = 1_000_000, 6, 200
FILL = """
    INSERT INTO enterprises_scan (label, visitor, minute, province, device)
    SELECT %s + n %% 5000, (n::bigint * 7919) %% 9007199254740881, %s + n %% 40320, '43', 'ios'
    FROM generate_series(1, %s) AS n"""
ANOTHER = itertools.count(1)


def seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def run(report: Report) -> None:
    today = timezone.localdate()
    old = scan_partitions.month_of(first_kept(today) - datetime.timedelta(days=1))
    label = label_key(make_labels(certified=10**12, world=make_world()).batch(10_000).pk, 1)
    migration = import_module("enterprises.migrations.0008_scan_partitions")

    def sql(text: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(text, values or None)

    def scan() -> None:
        scanning.record(label + 9000, Visit(f"net {next(ANOTHER)}", "ios", "43"))

    one: dict[str, list[float]] = {"in months": [], "in one table": []}
    for name, step in [("in one table", migration.in_one), ("in months", migration.in_months)] * ROUNDS:
        with connection.schema_editor() as editor:
            step(None, editor)
        one[name] += [seconds(scan) for _time in range(IN_A_ROUND)]
    for name, step in (("in months", None), ("in one table", migration.in_one)):
        if step:
            with connection.schema_editor() as editor:
                step(None, editor)
        scan_partitions.ensure_months(old) if name == "in months" else None
        filled = seconds(lambda: sql(FILL, label, first_minute(old), SCANS))
        sql("VACUUM ANALYZE enterprises_scan")
        forgotten = seconds(lambda: scanning.forget(today))
        report.note(
            f"{name}: one scan {statistics.median(one[name]) * 1000:.2f} ms; {SCANS:,} scans stored in {filled:.1f} s,"
            f" forgotten in {forgotten:.2f} s"
        )
