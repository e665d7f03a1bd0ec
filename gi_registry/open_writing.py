"""WRITER. Makes the files of open data: all tables at one entry of the journal, in every format, with their sums.

The tables are read once, in one state of the database, and written as JSON Lines; the other formats are made from these
lines, row by row, when the database is no longer needed. Nothing of the register is changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from gi_registry import exports, open_catalogue, open_files
from gi_registry.journal import GENESIS
from gi_registry.models import JournalHead
from gi_registry.open_fields import FIELD_COLUMNS, Dataset, Licence, dictionary, field_rows
from gi_registry.open_files import CATALOGUE, MANIFEST, SUMS, Making
from gi_registry.snapshots import one_state

KEPT = 7  # makings that stay
_DRAFT, _GONE = ".making-", ".gone-"  # beginnings of the names of folders that are not whole (yet, or any more)


class AlreadyMaking(Exception):
    """Another process makes the files now."""


def write(datasets: Sequence[Dataset]) -> Making:
    """Make all files anew, beside the ones that are there, and remove what is older than the last seven makings.

    Killed at any moment it leaves no folder that is not whole. Raises AlreadyMaking.
    """
    root = settings.OPEN_DATA_ROOT
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        _clear(root)
        # Texts of a language are Chinese, as the column's meaning says, whoever asks for the files.
        with translation.override(settings.LANGUAGE_CODE):
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=root))
            draft.chmod(0o755)
            stamp = _free_stamp(root)
            _fill(draft, stamp, datasets)
        _onto_the_disk(draft)
        draft.rename(root / stamp)
        _onto_the_disk(root)
        for old in open_files.makings()[KEPT:]:
            # Renamed first: what has a stamp is whole.
            old.folder.rename(root / f"{_GONE}{old.stamp}")
        _clear(root)
    return Making(stamp, root / stamp)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyMaking("The files of open data are being made by another process.") from None
        yield


def _clear(root: Path) -> None:
    """Remove what a killed process left."""
    for entry in root.iterdir():
        if entry.name.startswith((_DRAFT, _GONE)):
            shutil.rmtree(entry, ignore_errors=True)


def _free_stamp(root: Path) -> str:
    """Today, or today with the next number; a number that was given once does not come again that day."""
    today = timezone.localdate().isoformat()
    numbers = [int(match[2] or 1) for one in open_files.makings() if (match := open_files.STAMP.fullmatch(one.stamp))
               and match[1] == today]  # fmt: skip
    return f"{today}-{max(numbers) + 1}" if numbers else today


def _fill(draft: Path, stamp: str, datasets: Sequence[Dataset]) -> None:
    today, made_at = timezone.localdate(), timezone.now().isoformat(timespec="seconds")
    counts: dict[str, int] = {}
    with one_state():
        head = JournalHead.objects.filter(pk=1).first()
        for one in datasets:
            counts[one.name] = _lines(draft / f"{one.name}.jsonl", one.names, one.rows(today))
    journal = {"sequence": head.sequence if head else 0, "hash": head.hash if head else GENESIS}
    about = {"as_of": today.isoformat(), "generated_at": made_at, "journal_entry": journal["sequence"]}
    files = []
    for one in datasets:
        for ending in one.formats:
            target = draft / f"{one.name}.{ending}"
            if ending != "jsonl":
                _convert(one, draft / f"{one.name}.jsonl", target, about | {"licence": one.licence.en})
            files.append(_entry(target, one.name, counts[one.name]))
    _text(draft / "fields.json", _json(dictionary(datasets)))
    fields = field_rows(datasets)
    _text(draft / "fields.csv", exports.csv_lines(exports.Table("fields", FIELD_COLUMNS, fields)))
    files += [_entry(draft / name, "", len(fields)) for name in ("fields.json", "fields.csv")]
    manifest = {
        "stamp": stamp,
        "made_at": made_at,
        "as_of": today.isoformat(),
        "journal": journal,
        "source": f"{settings.SITE_URL}/open-data/",
        "attribution": exports.ATTRIBUTION,
        "licence": settings.DATA_LICENCE or None,
        "licence_words": {one.key: {"zh": one.zh, "en": one.en} for one in Licence},
        "licences": {one.name: one.licence.key for one in datasets},
        "files": files,
    }
    told = open_catalogue.catalogue(
        manifest, datasets, site=settings.SITE_URL, licence=settings.DATA_LICENCE, contact=settings.DATA_CONTACT
    )
    _text(draft / CATALOGUE, _json(told))
    _text(draft / MANIFEST, _json(manifest))
    sums = [f"{_sha256(file)}  {file.name}\n" for file in sorted(draft.iterdir())]
    _text(draft / SUMS, sums)


def _lines(target: Path, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Rows as JSON Lines, one at a time; returns how many. A column that a row lacks is a mistake: KeyError."""
    count = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="\n") as stream:
        for row in rows:
            values = {name: row[name] for name in names}
            stream.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")
            count += 1
    return count


def _rows(source: Path) -> Iterator[dict[str, Any]]:
    with source.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _convert(one: Dataset, source: Path, target: Path, about: Mapping[str, Any]) -> None:
    table = exports.Table(one.name, one.names, _rows(source), about)
    match target.suffix:
        case ".csv":
            _text(target, exports.csv_lines(table))
        case ".geojson":
            _text(target, exports.geojson_lines(table))
        case ".xlsx":
            with exports.xlsx_file(table) as book, target.open("wb") as stream:
                shutil.copyfileobj(book, stream)
        case _:
            raise ValueError(f"no such format: {target.suffix}")


def _entry(file: Path, dataset: str, rows: int) -> dict[str, Any]:
    return {
        "name": file.name, "dataset": dataset, "format": file.suffix[1:], "rows": rows, "bytes": file.stat().st_size,
        "sha256": _sha256(file),
    }  # fmt: skip


def _text(target: Path, parts: Iterable[str]) -> None:
    with target.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        stream.writelines(parts)


def _json(value: Any) -> list[str]:
    return [json.dumps(value, ensure_ascii=False, indent=1, default=str), "\n"]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _onto_the_disk(folder: Path) -> None:
    """Wait until the files of a folder, and their names, would survive a power cut."""
    for path in (*(file for file in folder.iterdir() if file.is_file()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
