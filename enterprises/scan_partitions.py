"""WRITER. The table of scans in months: on PostgreSQL each is a partition, made ahead and dropped as one.

A scan whose month has no partition lands in the default one, and is moved as soon as its month is made. On SQLite the
table is one, and a month is deleted from it. Two workers at once do no harm (one waits for the other), and after a
crash at any point the next run goes on. Nothing here waits long for readers: scans would queue behind it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from enterprises.label_codes import INDEX_BITS
from enterprises.scan_models import Scan, ScanMonth
from enterprises.scan_months import first_kept, first_minute, following, month_of

TABLE = Scan._meta.db_table
DEFAULT = f"{TABLE}_default"
AHEAD = 3  # months after this one that have their partition already
LOCK = 0x5CA75_0001  # of whoever makes, drops or sums up months
LONGEST_WAIT = "2s"  # for those who read the table; then it is left to the next run
_NAME = re.compile(rf"{TABLE}_(\d{{4}})_(\d\d)")


def table_of(month: datetime.date) -> str:
    """The partition of a month."""
    return f"{TABLE}_{month:%Y_%m}"


@contextmanager
def alone() -> Iterator[None]:
    """A transaction in which nobody else makes, drops or sums up months."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                cursor.execute("SET LOCAL lock_timeout = %s", [LONGEST_WAIT])
        yield


def months() -> dict[datetime.date, bool]:
    """The months that have a table, and whether it is a partition still; empty on SQLite."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relispartition FROM pg_class"
            " WHERE relname LIKE %s AND relkind = 'r' AND pg_table_is_visible(oid) ORDER BY relname",
            [f"{TABLE}%"],
        )
        rows = cursor.fetchall()
    found = [(_NAME.fullmatch(name), attached) for name, attached in rows]
    return {datetime.date(int(name[1]), int(name[2]), 1): attached for name, attached in found if name}


def ensure_months(today: datetime.date) -> list[datetime.date]:
    """Make the partitions that are missing, from the oldest month that is kept to three ahead; returns which."""
    if connection.vendor != "postgresql" or not _missing(today):
        return []
    with alone():
        missing = _missing(today)
        for month in missing:
            _make(month)
    return missing


def _missing(today: datetime.date) -> list[datetime.date]:
    month, wanted, last = first_kept(today), [], month_of(today)
    for _number in range(AHEAD):
        last = following(last)
    while month <= last:
        wanted.append(month)
        month = following(month)
    made = months()
    return [month for month in wanted if month not in made]


def _make(month: datetime.date) -> None:
    table, first, end = table_of(month), first_minute(month), first_minute(following(month))
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")  # no scan of the month lands there meanwhile
        cursor.execute(f"CREATE TABLE {table} (LIKE {TABLE} INCLUDING ALL)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {DEFAULT} WHERE minute >= %s AND minute < %s RETURNING *)"
            f" INSERT INTO {table} SELECT * FROM moved",
            [first, end],
        )
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {table} FOR VALUES FROM ({first}) TO ({end})")


# --- Forgetting ---


def fold_before(month: datetime.date) -> int:
    """Erase all scans before a month and count them into the sums of their batch, month and province; how many."""
    with alone():
        for old, attached in months().items():
            if old < month and attached:  # a moment's work; from now on nobody waits for the sums
                with connection.cursor() as cursor:
                    cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {table_of(old)}")
    return sum(drop_month(old) for old, attached in months().items() if not attached) + _erase_before(month)


def drop_month(month: datetime.date) -> int:
    """Count a month that is no partition any more into the sums, and drop its table: both, or nothing."""
    with alone():
        if months().get(month) is not False:  # another worker has done it
            return 0
        scans = _sum_up(table_of(month), first_minute(following(month)))
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {table_of(month)}")
    return scans


def _erase_before(month: datetime.date) -> int:
    """The same for what lies in no partition of its own: everything on SQLite, late scans on PostgreSQL."""
    with alone():
        scans = _sum_up(TABLE, first_minute(month))
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE minute < %s", [first_minute(month)])
    return scans


def _sum_up(table: str, end: int) -> int:
    """Add the scans of a table before a minute to the sums, which are by months as clocks here show them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), MIN(minute) FROM {table} WHERE minute < %s", [end])
        scans, oldest = cursor.fetchone()
        while oldest is not None:
            name, begin = _month_here(oldest)
            cursor.execute(
                f"INSERT INTO {ScanMonth._meta.db_table} AS sums (batch_id, month, province, scans)"
                f" SELECT label >> {INDEX_BITS}, %s, province, COUNT(*) FROM {table} WHERE minute >= %s AND minute < %s"
                f" GROUP BY label >> {INDEX_BITS}, province"
                " ON CONFLICT (batch_id, month, province) DO UPDATE SET scans = sums.scans + excluded.scans",
                [name, oldest, min(begin, end)],
            )
            cursor.execute(f"SELECT MIN(minute) FROM {table} WHERE minute >= %s AND minute < %s", [begin, end])
            (oldest,) = cursor.fetchone()
    return int(scans)


def _month_here(minute: int) -> tuple[str, int]:
    """The month of a minute in the register's time zone ('2026-11'), and the minute in which the next one begins."""
    zone = timezone.get_default_timezone()
    day = datetime.datetime.fromtimestamp(minute * 60, zone).date()
    end = following(month_of(day))
    return f"{day:%Y-%m}", int(datetime.datetime(end.year, end.month, 1, tzinfo=zone).timestamp()) // 60
