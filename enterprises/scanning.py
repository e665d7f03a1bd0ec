"""WRITER. Scans: counted with one short transaction each, and nothing of the person kept.

The SQL is written out, because this is what most people do most often: two statements for a scan, or one. A scan
that was answered is stored (a process that is killed loses none); one visitor and one label within 10 minutes are one
scan.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import connection
from django.utils import timezone

from enterprises import label_keys, scan_months, scan_partitions
from enterprises.label_codes import INDEX_BITS
from enterprises.label_states import SignalKind, SignalState
from enterprises.scan_models import MonthKey
from gi_registry import places

ONE_SCAN_MINUTES = 10
CLOCK_MINUTES = 24 * 60  # how far a clock may go back without a visitor counting twice; no month beyond is looked into
# The public warning: within these days two provinces each saw three or more visitors, six in all. With two each,
# officials get a signal; as a public warning that would be wrong for more than 0.03 % of scans (bench/copies.py).
WARNING_DAYS, WARNING_PROVINCES, WARNING_VISITORS, WARNING_IN_ALL = 30, 2, 3, 6
SIGNAL_VISITORS = 2
# Softer signals, for officials only. No source sets these numbers; they are the register's own and may be tuned.
MANY_VISITORS, MANY_VISITORS_STEP = 30, 10
STOPPED_VISITORS = 2
_WARNING_MINUTES = WARNING_DAYS * 24 * 60
ABROAD = "00"


@dataclass(frozen=True)
class Visit:
    """Who asks, as far as the register wants to know: a network prefix that is never stored, a family of devices."""

    network: str
    device: str
    province: str


@dataclass(frozen=True)
class Seen:
    """What the scans of a label tell. `count` includes the present one; `unusual` is the public warning.

    `version` is the hash of the last journal entry at that moment, where it was read along.
    """

    first_minute: int
    count: int
    unusual: bool
    version: str = ""


def this_minute() -> int:
    """Minutes since 1970, in UTC."""
    return int(time.time()) // 60


def as_time(minute: int) -> datetime.datetime:
    """A minute as a time."""
    return datetime.datetime.fromtimestamp(minute * 60, datetime.UTC)


# --- Visitors ---

_month_keys: dict[str, bytes] = {}


def month_key(month: str) -> bytes:
    """The key of a month ('2026-11'), made when it is first needed and erased after 90 days at the latest."""
    if month not in _month_keys:
        row = MonthKey.objects.filter(month=month).first()
        if row is None:
            key_id, sealed = label_keys.seal(label_keys.new_secret(), f"month:{month}")
            MonthKey.objects.bulk_create([MonthKey(month=month, key_id=key_id, key=sealed)], ignore_conflicts=True)
            row = MonthKey.objects.get(month=month)  # of two processes one has won
        if len(_month_keys) > 3:
            _month_keys.clear()
        _month_keys[month] = label_keys.unseal(row.key_id, row.key, f"month:{month}")
    return _month_keys[month]


def visitor(label: int, visit: Visit, minute: int) -> int:
    """A number that is the same for the same visitor, label and month, and says nothing else (63 bits)."""
    about = f"{label}|{visit.network}|{visit.device}".encode()
    key = month_key(time.strftime("%Y-%m", time.gmtime(minute * 60)))
    return int.from_bytes(blake2b(about, key=key, digest_size=8).digest(), "big") >> 1


def uncertain() -> frozenset[str]:
    """Places on which no public warning rests: abroad, unknown, and provinces that the table often gets wrong."""
    return frozenset({"", ABROAD, *(code[:2] for code in places.weak_provinces())})


# --- Scans ---

_ONCE = """
    INSERT INTO enterprises_scan (label, visitor, minute, province, device)
    SELECT %s, %s, %s, %s, %s WHERE NOT EXISTS (
      SELECT 1 FROM enterprises_scan WHERE label = %s AND visitor = %s AND minute > %s AND minute < %s)
    ON CONFLICT DO NOTHING"""
_INTO = "INSERT INTO enterprises_scannedlabel AS s (label, first_minute, last_minute, count, province, several,"
_INTO += " warned_until, cleared_at)"
_COUNT = """
    ON CONFLICT (label) DO UPDATE SET
      count = s.count + 1,
      last_minute = CASE WHEN excluded.last_minute > s.last_minute THEN excluded.last_minute ELSE s.last_minute END,
      several = s.several OR (s.province <> '' AND excluded.province <> '' AND excluded.province <> s.province),
      province = CASE WHEN s.province = '' THEN excluded.province ELSE s.province END
    RETURNING first_minute, count, several, warned_until, cleared_at"""
_VERSION = "(SELECT hash FROM gi_registry_journalhead WHERE id = 1)"
_ON_SQLITE = f"{_INTO} VALUES (%s, %s, %s, 1, %s, %s, 0, 0) {_COUNT}, {_VERSION}"
# PostgreSQL does both at once, which is one way to the server and back, and a transaction by itself. The lock is for
# one visitor twice at the turn of a minute: neither would see the other.
_ON_POSTGRESQL = f"""
    SELECT pg_advisory_xact_lock(%s);
    WITH fresh AS ({_ONCE} RETURNING 1),
    counted AS ({_INTO} SELECT %s, %s, %s, 1, %s, %s, 0, 0 WHERE EXISTS (SELECT 1 FROM fresh) {_COUNT})
    SELECT *, {_VERSION} FROM counted"""
_READ = f"""
    SELECT first_minute, count, several, warned_until, cleared_at, {_VERSION}
    FROM enterprises_scannedlabel WHERE label = %s"""


def look(label: int) -> Seen:
    """What the scans of a label tell, without adding one."""
    with connection.cursor() as cursor:
        return _read(cursor, label, Seen(0, 0, False))


def _read(cursor: Any, label: int, nothing: Seen) -> Seen:
    cursor.execute(_READ, [label])
    row = cursor.fetchone()
    return Seen(row[0], row[1], row[3] >= this_minute(), row[5]) if row else nothing


def record(label: int, visit: Visit, *, strange: SignalKind | None = None) -> Seen:
    """Count a scan, unless the same visitor was there within 10 minutes.

    `strange`: what it would mean that several people scan this label (it is not activated, or void).
    """
    minute = this_minute()
    who = visitor(label, visit, minute)  # may make the key of a new month: before the transaction
    known = "" if visit.province in uncertain() else visit.province
    once: list[int | str] = [label, who, minute, visit.province, visit.device]
    once += [label, who, minute - ONE_SCAN_MINUTES, minute + CLOCK_MINUTES]
    count: list[int | str] = [label, minute, minute, known, False]
    with _short_transaction(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ON_POSTGRESQL, [who, *once, *count])
            row = cursor.fetchone()
        else:
            cursor.execute(_ONCE, once)
            row = cursor.execute(_ON_SQLITE, count).fetchone() if cursor.rowcount else None
        if row is None:
            return _read(cursor, label, Seen(minute, 1, False))
        first, times, several, warned_until, cleared_at, version = row
        if several and known:
            warned_until = _warned(cursor, label, known, minute, cleared_at, warned_until, times)
        if times > 1:
            _signals(cursor, label, times, minute, cleared_at, strange)
    return Seen(first, times, warned_until >= minute, version)


@contextmanager
def _short_transaction() -> Iterator[None]:
    """A transaction as short and cheap as the database allows.

    On SQLite it does not wait for the disk: a crash of the machine, not of a process, may lose scans. Everything
    else in the register does wait. On PostgreSQL each statement is a transaction by itself: if a process dies
    between a scan and what follows from it, the next scans make up for that.
    """
    connection.ensure_connection()
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    raw = connection.connection
    raw.execute("PRAGMA synchronous = NORMAL")
    try:
        raw.execute("BEGIN IMMEDIATE")
        yield
        raw.execute("COMMIT")
    finally:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raw.execute("PRAGMA synchronous = FULL")  # what comes next may be a legal fact


_VISITORS = """
    SELECT COUNT(*) FROM (SELECT DISTINCT visitor FROM enterprises_scan
      WHERE label = %s AND minute > %s AND (%s = '' OR province = %s) LIMIT %s) AS found"""
_BY_VISITOR = """
    SELECT province, visitor, MAX(minute) FROM enterprises_scan
    WHERE label = %s AND minute > %s GROUP BY province, visitor"""
_WARN = """
    UPDATE enterprises_scannedlabel SET warned_until = %s
    WHERE label = %s AND cleared_at = %s AND warned_until < %s"""


def _visitors(cursor: Any, label: int, since: int, most: int, province: str = "") -> int:
    """Different visitors since a minute, counted up to `most`."""
    cursor.execute(_VISITORS, [label, since, province, province, most])
    return int(cursor.fetchone()[0])


def _warned(cursor: Any, label: int, province: str, minute: int, cleared_at: int, stored: int, times: int) -> int:
    """The minute up to which the public warning stands; 0 for none.

    A scan brings warning or signal about, or prolongs it, only by making its province count: by being the second or
    third visitor there since what the warning rests on so far; or the fourth, because of two at the same moment
    neither may see itself as third. So a crowd in one place costs short looks only. At every doubling of the count
    all is looked at anew, should a process have died just at that scan.
    """
    start = max(minute - _WARNING_MINUTES - 1, cleared_at)
    since = max(start, stored - _WARNING_MINUTES)
    there = _visitors(cursor, label, since, WARNING_VISITORS + 2, province)
    if not SIGNAL_VISITORS <= there <= WARNING_VISITORS + 1 and times & (times - 1):
        return stored
    cursor.execute(_BY_VISITOR, [label, start])
    left_out = uncertain()
    rows = [row for row in cursor.fetchall() if row[0] not in left_out]
    until = warned_until(rows)
    if until > stored:
        cursor.execute(_WARN, [until, label, cleared_at, until])
    if stored < minute <= max(until, warned_until(rows, SIGNAL_VISITORS)):
        _signal(cursor, label, SignalKind.TWO_PROVINCES if until >= minute else SignalKind.FEW_IN_TWO)
    return until


def warned_until(rows: list[tuple[str, int, int]], visitors: int = WARNING_VISITORS) -> int:
    """Until when sightings (province, visitor, last minute) are enough for the public warning; 0: they are not.

    Pure; this is the rule: so many `visitors` in each of two provinces.
    """
    provinces: dict[str, list[int]] = {}
    for province, _who, last in rows:
        provinces.setdefault(province, []).append(last)
    # A province counts as long as its latest visitors but so many are recent enough.
    ends = sorted((sorted(found)[-visitors] for found in provinces.values() if len(found) >= visitors), reverse=True)
    return ends[WARNING_PROVINCES - 1] + _WARNING_MINUTES if len(ends) >= WARNING_PROVINCES else 0


def _signals(cursor: Any, label: int, count: int, minute: int, cleared_at: int, strange: SignalKind | None) -> None:
    """Softer signals: what officials may want to look at."""
    since = max(minute - _WARNING_MINUTES - 1, cleared_at)
    if strange and _visitors(cursor, label, since, STOPPED_VISITORS) >= STOPPED_VISITORS:
        _signal(cursor, label, strange)
    many = count >= MANY_VISITORS and count % MANY_VISITORS_STEP == 0
    if many and _visitors(cursor, label, since, MANY_VISITORS) >= MANY_VISITORS:
        _signal(cursor, label, SignalKind.MANY_VISITORS)


def _signal(cursor: Any, label: int, kind: SignalKind) -> None:
    """Put something into the queue of the officials; once while nobody has decided on it."""
    values = [label >> INDEX_BITS, label, kind.value, SignalState.OPEN.value, timezone.now()]
    cursor.execute(
        "INSERT INTO enterprises_copysignal (batch_id, label, kind, state, noticed_at, decision)"
        " VALUES (%s, %s, %s, %s, %s, '') ON CONFLICT DO NOTHING",
        values,
    )


# --- Forgetting ---


def forget(today: datetime.date) -> dict[str, int]:
    """Erase keys and scans of the months that began more than 90 days ago; returns how many of each.

    Of the scans monthly sums stay. A month goes as a whole, its key and its scans on the same day, so that nothing that
    compares visitors is older than 90 days: not for the register either.
    """
    month = scan_months.first_kept(today)
    keys, _all = MonthKey.objects.filter(month__lt=f"{month:%Y-%m}").delete()
    _month_keys.clear()
    return {"month_keys": keys, "scans": scan_partitions.fold_before(month)}
