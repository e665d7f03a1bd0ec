"""What a scan costs on PostgreSQL: bytes of table, index and write-ahead log, one by one and in large batches.

The batches are written as a consumer of a stream would write them (docs/scaling.md): each scan once, counted with it.
"""

import time
from pathlib import Path
from typing import Any

from soak import report, world
from soak.stack import Stack, production_stack

SINGLE, BATCH, BATCHES = 3000, 5000, 100
LABELS = 300_000  # that the scans of the batches are spread over
ONE_BY_ONE = """
import json, time
from enterprises import scanning
from enterprises.scanning import Visit
start = time.monotonic()
for number in range({count}):
    scanning.record((1 << 40) + number, Visit(f"10.{{number % 250}}.0.0/24", "android", "43"))
print(json.dumps(time.monotonic() - start))
"""
IN_BATCHES = """
    WITH came AS (
      SELECT (2::bigint << 40) + floor(random() * %(labels)s)::bigint AS label,
             floor(random() * 1e15)::bigint AS visitor, %(minute)s - floor(random() * 60)::int AS minute
      FROM generate_series(1, %(rows)s)),
    fresh AS (
      INSERT INTO enterprises_scan (label, visitor, minute, province, device)
      SELECT label, visitor, minute, '43', 'android' FROM came ON CONFLICT DO NOTHING RETURNING label, minute)
    INSERT INTO enterprises_scannedlabel AS s (label, first_minute, last_minute, count, province, several, warned_until,
                                               cleared_at)
    SELECT label, min(minute), max(minute), count(*), '43', false, 0, 0 FROM fresh GROUP BY label ORDER BY label
    ON CONFLICT (label) DO UPDATE SET count = s.count + excluded.count,
      first_minute = LEAST(s.first_minute, excluded.first_minute),
      last_minute = GREATEST(s.last_minute, excluded.last_minute)"""
SIZES = """
    SELECT sum(pg_relation_size(relid))::bigint, sum(pg_indexes_size(relid))::bigint
    FROM (SELECT %(table)s::regclass AS relid UNION SELECT relid FROM pg_partition_tree(%(table)s)) AS parts"""
HEAD = ("", "one by one (`scanning.record`)", f"in batches of {BATCH:,}")


def position(cursor: Any) -> int:
    """How many bytes of write-ahead log were ever written."""
    cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
    return int(cursor.fetchone()[0])


def sizes(cursor: Any, table: str) -> tuple[int, int]:
    """Bytes of a table and of its indexes, with all partitions."""
    cursor.execute(SIZES, {"table": table})
    heap, index = cursor.fetchone()
    return int(heap), int(index)


def measure(stack: Stack) -> str:
    """The table."""
    with stack.sql() as cursor:
        cursor.execute("CHECKPOINT")
        before = position(cursor)
        seconds = float(stack.run(ONE_BY_ONE.format(count=SINGLE)))
        single = (position(cursor) - before) / SINGLE
        old, rows = [sizes(cursor, f"enterprises_{name}") for name in ("scan", "scannedlabel")], BATCH * BATCHES
        cursor.execute("CHECKPOINT")
        before, start = position(cursor), time.monotonic()
        for _batch in range(BATCHES):
            cursor.execute(IN_BATCHES, {"labels": LABELS, "minute": int(time.time()) // 60, "rows": BATCH})
        took, together = time.monotonic() - start, (position(cursor) - before) / rows
        new = [sizes(cursor, f"enterprises_{name}") for name in ("scan", "scannedlabel")]
        cursor.execute("SELECT count(*) FROM enterprises_scannedlabel")
        labels = cursor.fetchone()[0]
    scan = [(after - first) / rows for after, first in zip(new[0], old[0], strict=True)]
    label = [size / labels for size in new[1]]
    return report.table(HEAD, [
        ("scans a second, one connection", f"{SINGLE / seconds:,.0f}", f"{rows / took:,.0f}"),
        ("write-ahead log a scan", f"{single:,.0f} bytes", f"{together:,.0f} bytes"),
        ("a row of a scan", "", f"{scan[0]:.0f} bytes, and {scan[1]:.0f} in its index"),
        ("a row of a label that was scanned", "", f"{label[0]:.0f} bytes, and {label[1]:.0f} in its index"),
    ])  # fmt: skip


def run(template: Path) -> int:
    """Measure, and write the table; nothing can fail here but the measuring."""
    with production_stack(world.full, template=template) as stack:
        found = measure(stack)
    text = f"Measured on: {report.machine()}; {BATCH * BATCHES:,} scans of {LABELS:,} labels in batches."
    report.write("scaling.md", f"{text}\n\n{found}")
    return 0
