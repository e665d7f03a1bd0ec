"""READER. What was last known of every issued batch, in a file beside the register, for when the database is away.

The worker writes it: whole when the journal has grown or a day begins, under another name first; every minute
otherwise it notes that nothing has changed. In it stands what the public page of a label shows, for that day and the
next, and the secret of each batch, sealed as in the database (docs/scan-partitions.md). Nothing of visitors.
"""

from __future__ import annotations

import datetime
import json
import os
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from enterprises import label_keys, verification
from enterprises.label_models import LabelBatch, Season
from enterprises.label_states import Fate, SignalKind
from enterprises.models import Authorisation, Enterprise
from enterprises.scan_models import CopySignal, ScannedLabel
from enterprises.verdicts import Stop, StopKind
from enterprises.verification import BatchFacts, Label, Range
from products.models import Product

LONGEST = datetime.timedelta(hours=24)  # older knowledge is none
SHARE_OF_TIME = 10  # writing the file anew may take one part in so many
_ROWS: dict[str, tuple[str, ...]] = {
    "batch": ("id", "reference", "variety", "pack_text", "packed_on", "mark_text", "count"),
    "authorisation": ("id", "reference", "product_text"),
    "enterprise": ("id", "reference", "uscc", "name_zh", "name_en"),
    "product": ("id", "number", "name_zh", "name_en"),
}
_TABLES = """
    CREATE TABLE about (ident TEXT, version TEXT, day TEXT, noted TEXT);
    CREATE TABLE batch (number INTEGER PRIMARY KEY, key_id INTEGER, secret BLOB, facts TEXT)"""


class Note(NamedTuple):
    """When everything in the file was last known to be so, and which labels bore the public warning then."""

    at: datetime.datetime
    warned: frozenset[int]


@dataclass(frozen=True)
class LastKnown:
    """A label as it was last known."""

    label: Label
    at: datetime.datetime
    unusual: bool


def file() -> Path:
    """Where it is kept: outside of every served folder."""
    return Path(settings.GI_HOME) / "last-known" / "labels.sqlite3"


def _note_file() -> Path:
    return file().with_name("noted.json")


# --- Asked while the database is away ---


def find(code: str) -> LastKnown | None:
    """The label with a code, if it was known within the last 24 hours; None says nothing about the label.

    Raises SealBroken. Asks no database.
    """
    try:
        with closing(_opened()) as rows:
            ident, version, day, noted = rows.execute("SELECT * FROM about").fetchone()
            note = _noted(ident) or _read_note(noted)
            today, known_on = timezone.localdate(), datetime.date.fromisoformat(day)
            days = (today - known_on).days
            if abs(timezone.now() - note.at) > LONGEST or days not in (0, 1):
                return None

            def facts_of(number: int) -> BatchFacts | None:
                row = rows.execute("SELECT key_id, secret, facts FROM batch WHERE number = ?", [number]).fetchone()
                if row is None:
                    return None
                secret = label_keys.unseal(row[0], row[1], f"batch:{number}")
                return _facts(json.loads(row[2]), secret, version, known_on, days)

            label = verification.look_up(code, facts_of)
    except (sqlite3.Error, TypeError, ValueError, KeyError):  # no file, or not the one of this version
        return None
    return LastKnown(label, note.at, label.key in note.warned) if label else None


def _opened() -> sqlite3.Connection:
    return sqlite3.connect(f"{file().as_uri()}?mode=ro&immutable=1", uri=True)


def _noted(ident: str) -> Note | None:
    """The note, if it is about this file."""
    try:
        text = _note_file().read_text()
    except OSError:
        return None
    return _read_note(text) if json.loads(text)["ident"] == ident else None


def _read_note(text: str) -> Note:
    told = json.loads(text)
    return Note(datetime.datetime.fromisoformat(told["at"]), frozenset(told["warned"]))


def _facts(told: dict[str, Any], secret: bytes, version: str, day: datetime.date, days: int) -> BatchFacts:
    product = Product(**told["product"]) if told["product"] else None
    enterprise = Enterprise(**told["enterprise"])
    authorisation = Authorisation(**told["authorisation"], enterprise=enterprise, product=product)
    batch = LabelBatch(**told["batch"], season=Season(authorisation=authorisation))
    batch.packed_on = _day(told["batch"]["packed_on"])
    ranges = [Range(first, last, Fate(fate), datetime.date.fromisoformat(on), reason)
              for first, last, fate, on, reason in told["ranges"]]  # fmt: skip
    stops = [Stop(StopKind(kind), _day(on), reason) for kind, on, reason in told["stops"][days]]
    shown = tuple(tuple(told[name].items()) if told[name] else () for name in _ROWS)
    return BatchFacts(batch, secret, ranges, stops, version, day, shown)


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


# --- Written by the worker ---

_not_before = 0.0


def keep(now: datetime.datetime) -> bool:
    """Bring the file in step with the register; returns whether it is.

    It is written anew at most a tenth of the time, so that many changes of many batches do not keep a worker busy;
    until then the note stays as old as it is.
    """
    global _not_before
    version, day = verification.version(), timezone.localdate(now)
    ident = _ident_of(version, day)
    if ident is None:
        begun = time.monotonic()
        if begun < _not_before:
            return False
        ident = _write(version, day, _note("", now))
        _not_before = time.monotonic() + SHARE_OF_TIME * (time.monotonic() - begun)
    _replace(_note_file(), _note(ident, now).encode())
    return True


def _ident_of(version: str, day: datetime.date) -> str | None:
    """The name of the file that is there, if it holds what is in the register now."""
    try:
        with closing(_opened()) as rows:
            found = rows.execute(
                "SELECT ident FROM about WHERE version = ? AND day = ?", [version, day.isoformat()]
            ).fetchone()
    except sqlite3.Error:
        return None
    return str(found[0]) if found else None


def _note(ident: str, now: datetime.datetime) -> str:
    # Each warning began with a signal; looking for it there spares a walk through all labels ever scanned.
    signals = CopySignal.objects.filter(kind=SignalKind.TWO_PROVINCES).values("label")
    rows = ScannedLabel.objects.filter(label__in=signals, warned_until__gte=int(now.timestamp()) // 60)
    return json.dumps({"ident": ident, "at": now.isoformat(), "warned": list(rows.values_list("label", flat=True))})


def _write(version: str, day: datetime.date, noted: str) -> str:
    ident, folder = uuid.uuid4().hex, file().parent
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.glob("*.unfinished"):
        if time.time() - left.stat().st_mtime > 3600:  # of a worker that was killed
            left.unlink(missing_ok=True)
    handle, draft = tempfile.mkstemp(suffix=".unfinished", dir=folder)
    os.close(handle)
    with closing(sqlite3.connect(draft)) as rows:
        rows.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL;" + _TABLES)
        rows.execute("INSERT INTO about VALUES (?, ?, ?, ?)", [ident, version, day.isoformat(), noted])
        rows.executemany("INSERT INTO batch VALUES (?, ?, ?, ?)", _batches(day))
        rows.commit()
    os.replace(draft, file())
    return ident


def _batches(day: datetime.date) -> Iterator[tuple[int, int | None, bytes, str]]:
    stops: dict[int, list[list[Stop]]] = {}  # of authorisations, which have many batches each
    for batch in verification.batches().prefetch_related("events").iterator(chunk_size=500):
        authorisation = batch.season.authorisation
        if authorisation.pk not in stops:
            stops[authorisation.pk] = [
                verification.standing(authorisation, on) for on in (day, day + datetime.timedelta(days=1))
            ]
        rows = {"batch": batch, "authorisation": authorisation, "enterprise": authorisation.enterprise,
                "product": authorisation.product}  # fmt: skip
        told: dict[str, Any] = {
            name: {field: getattr(row, field) for field in _ROWS[name]} if row else None for name, row in rows.items()
        }
        own = verification.recalled(batch)
        told["stops"] = [_listed([*own, *standing]) for standing in stops[authorisation.pk]]
        told["ranges"] = [[one.first, one.last, one.fate, one.on, one.reason] for one in verification.ranges_of(batch)]
        yield batch.pk, batch.key_id, bytes(batch.secret or b""), json.dumps(told, cls=DjangoJSONEncoder)


def _listed(stops: Iterable[Stop]) -> list[list[Any]]:
    return [[stop.kind, stop.on, stop.reason] for stop in stops]


def _replace(target: Path, content: bytes) -> None:
    """A file whole, or as it was."""
    handle, draft = tempfile.mkstemp(suffix=".unfinished", dir=target.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    os.replace(draft, target)
