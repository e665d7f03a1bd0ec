"""WRITER. Scans: counted with one short transaction each, and nothing of the person kept.

The SQL is written out, because this is what most people do most often: two statements for a scan. A scan that was
answered is stored (a process that is killed loses none); one visitor and one label within 10 minutes are one scan.
"""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from enterprises import label_keys
from enterprises.label_codes import INDEX_BITS
from enterprises.label_states import SignalKind
from enterprises.scan_models import CopySignal, MonthKey, Scan, ScanMonth, ScannedLabel

ONE_SCAN_MINUTES = 10
# The public warning: within these days two provinces each saw two or more visitors, and four in all.
WARNING_DAYS, WARNING_PROVINCES, WARNING_VISITORS, WARNING_IN_ALL = 30, 2, 2, 4
# Softer signals, for officials only. No source sets these numbers; they are the register's own and may be tuned.
MANY_VISITORS, MANY_VISITORS_STEP = 30, 10
STOPPED_VISITORS = 2
KEEP_DAYS = 90
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
    """What the scans of a label tell. `count` includes the present one; `unusual` is the public warning."""

    first_minute: int
    count: int
    unusual: bool


def this_minute() -> int:
    """Minutes since 1970, in UTC."""
    return int(time.time()) // 60


def as_time(minute: int) -> datetime.datetime:
    """A minute as a time."""
    return datetime.datetime.fromtimestamp(minute * 60, datetime.UTC)


# --- Visitors ---

_month_keys: dict[str, bytes] = {}


def month_key(month: str) -> bytes:
    """The key of a month ('2026-11'), made when it is first needed and erased after 90 days."""
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


# --- Scans ---

_INSERT = """
    INSERT INTO enterprises_scan (label, visitor, minute, province, device)
    SELECT %s, %s, %s, %s, %s WHERE NOT EXISTS (
      SELECT 1 FROM enterprises_scan WHERE label = %s AND visitor = %s AND minute > %s)
    ON CONFLICT DO NOTHING"""
_COUNT = """
    INSERT INTO enterprises_scannedlabel AS s
      (label, first_minute, last_minute, count, province, several, warned_until, cleared_at)
    VALUES (%s, %s, %s, 1, %s, %s, 0, 0)
    ON CONFLICT (label) DO UPDATE SET
      count = s.count + 1,
      last_minute = CASE WHEN excluded.last_minute > s.last_minute THEN excluded.last_minute ELSE s.last_minute END,
      several = s.several OR (s.province <> '' AND excluded.province <> '' AND excluded.province <> s.province),
      province = CASE WHEN s.province = '' THEN excluded.province ELSE s.province END
    RETURNING first_minute, count, several, warned_until, cleared_at"""
_READ = "SELECT first_minute, count, several, warned_until, cleared_at FROM enterprises_scannedlabel WHERE label = %s"


def look(label: int) -> Seen:
    """What the scans of a label tell, without adding one."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [label])
        row = cursor.fetchone()
    return Seen(row[0], row[1], row[3] >= this_minute()) if row else Seen(0, 0, False)


def record(label: int, visit: Visit, *, strange: SignalKind | None = None) -> Seen:
    """Count a scan, unless the same visitor was there within 10 minutes.

    `strange`: what it would mean that several people scan this label (it is not activated, or void).
    """
    minute = this_minute()
    who = visitor(label, visit, minute)  # may make the key of a new month: before the transaction
    known = "" if visit.province == ABROAD else visit.province
    with _short_transaction(), connection.cursor() as cursor:
        since = minute - ONE_SCAN_MINUTES
        cursor.execute(_INSERT, [label, who, minute, visit.province, visit.device, label, who, since])
        if not cursor.rowcount:
            cursor.execute(_READ, [label])
            row = cursor.fetchone()
            return Seen(row[0], row[1], row[3] >= minute) if row else Seen(minute, 1, False)
        cursor.execute(_COUNT, [label, minute, minute, known, False])
        first, count, several, warned_until, cleared_at = cursor.fetchone()
        if several and known:
            warned_until = _warned(cursor, label, known, minute, cleared_at, warned_until)
        if count > 1:
            _signals(cursor, label, count, minute, cleared_at, strange)
    return Seen(first, count, warned_until >= minute)


class _short_transaction:
    """A transaction. On SQLite it does not wait for the disk: a crash of the machine, not of a process, may lose scans.

    Everything else in the register does wait. On PostgreSQL nothing is loosened.
    """

    def __enter__(self) -> None:
        self.atomic = transaction.atomic()
        self.loosen = connection.vendor == "sqlite" and not connection.in_atomic_block
        if self.loosen:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous = NORMAL")
        self.atomic.__enter__()

    def __exit__(self, *error: Any) -> None:
        try:
            self.atomic.__exit__(*error)
        finally:
            if self.loosen:
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA synchronous = FULL")


_VISITORS = """
    SELECT COUNT(*) FROM (SELECT DISTINCT visitor FROM enterprises_scan
      WHERE label = %s AND minute > %s AND (%s = '' OR province = %s) LIMIT %s) AS found"""
_BY_VISITOR = f"""
    SELECT province, visitor, MAX(minute) FROM enterprises_scan
    WHERE label = %s AND minute > %s AND province NOT IN ('', '{ABROAD}') GROUP BY province, visitor"""


def _visitors(cursor: Any, label: int, since: int, most: int, province: str = "") -> int:
    """Different visitors since a minute, counted up to `most`."""
    cursor.execute(_VISITORS, [label, since, province, province, most])
    return int(cursor.fetchone()[0])


def _warned(cursor: Any, label: int, province: str, minute: int, cleared_at: int, stored: int) -> int:
    """The minute up to which the public warning stands; 0 for none.

    A scan brings the warning about, or prolongs it, only by being the one that makes its province count: by being
    the second visitor there since what the warning rests on so far. So a crowd in one place costs one short look.
    """
    start = max(minute - _WARNING_MINUTES - 1, cleared_at)
    since = max(start, stored - _WARNING_MINUTES)
    if _visitors(cursor, label, since, WARNING_VISITORS + 1, province) != WARNING_VISITORS:
        return stored
    cursor.execute(_BY_VISITOR, [label, start])
    until = warned_until(cursor.fetchall())
    if until > stored:
        cursor.execute("UPDATE enterprises_scannedlabel SET warned_until = %s WHERE label = %s", [until, label])
        if stored < minute:
            _signal(label, SignalKind.TWO_PROVINCES)
    return until


def warned_until(rows: list[tuple[str, int, int]]) -> int:
    """Until when sightings (province, visitor, last minute) are enough for the public warning; 0: they are not.

    Pure; this is the rule.
    """
    provinces: dict[str, list[int]] = {}
    for province, _who, last in rows:
        provinces.setdefault(province, []).append(last)
    # A province counts as long as its second-latest visitor is recent enough.
    ends = sorted((sorted(found)[-WARNING_VISITORS] for found in provinces.values()
                   if len(found) >= WARNING_VISITORS), reverse=True)  # fmt: skip
    enough = len(ends) >= WARNING_PROVINCES and len(rows) >= WARNING_IN_ALL
    return ends[WARNING_PROVINCES - 1] + _WARNING_MINUTES if enough else 0


def _signals(cursor: Any, label: int, count: int, minute: int, cleared_at: int, strange: SignalKind | None) -> None:
    """Softer signals: what officials may want to look at."""
    since = max(minute - _WARNING_MINUTES - 1, cleared_at)
    if strange and _visitors(cursor, label, since, STOPPED_VISITORS) >= STOPPED_VISITORS:
        _signal(label, strange)
    many = count >= MANY_VISITORS and count % MANY_VISITORS_STEP == 0
    if many and _visitors(cursor, label, since, MANY_VISITORS) >= MANY_VISITORS:
        _signal(label, SignalKind.MANY_VISITORS)


def _signal(label: int, kind: SignalKind) -> None:
    """Put something into the queue of the officials; once while nobody has decided on it."""
    signal = CopySignal(batch_id=label >> INDEX_BITS, label=label, kind=kind)
    CopySignal.objects.bulk_create([signal], ignore_conflicts=True)


# --- Forgetting ---


def forget(today: datetime.date) -> dict[str, int]:
    """Erase month keys and fold scans that are older than 90 days into monthly sums; returns how many of each.

    A key goes when the last scan under it is 90 days old: from then on nobody, the register included, can tell
    whether a network prefix is behind a number.
    """
    edge = today - datetime.timedelta(days=KEEP_DAYS)
    with transaction.atomic():
        keys, _all = MonthKey.objects.filter(month__lt=edge.strftime("%Y-%m")).delete()
        folded = _fold(int(datetime.datetime.combine(edge, datetime.time(), datetime.UTC).timestamp()) // 60)
    _month_keys.clear()
    return {"month_keys": keys, "scans": folded}


def _fold(before: int) -> int:
    sums: dict[tuple[int, str, str], int] = {}
    rows = Scan.objects.filter(minute__lt=before)
    for label, minute, province in rows.values_list("label", "minute", "province").iterator(chunk_size=5000):
        month = timezone.localtime(as_time(minute)).strftime("%Y-%m")
        place = (label >> INDEX_BITS, month, province)
        sums[place] = sums.get(place, 0) + 1
    for (batch, month, province), scans in sums.items():
        row, _made = ScanMonth.objects.select_for_update().get_or_create(
            batch_id=batch, month=month, province=province, defaults={"scans": 0}
        )
        row.scans += scans
        row.save(update_fields=["scans"])
    return rows._raw_delete(rows.db)


def clear(label: int) -> None:
    """An official found an explanation: what was seen up to now no longer speaks against the label."""
    ScannedLabel.objects.filter(label=label).update(cleared_at=this_minute(), warned_until=0)
