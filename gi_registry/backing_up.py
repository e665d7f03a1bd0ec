"""EDGE. Making a backup: its name, its side file, what older ones are kept, and what the operator's page reads."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from gi_registry import backup_archive, backup_contents, software
from gi_registry.backup_archive import BackupFault

OURS = re.compile(r"register-(\d{8}T\d{6}Z)\.(?:age|tar)")
STAMP = "%Y%m%dT%H%M%SZ"
KEPT_MONTHS = 12
KEYS = {"secret_key": "SECRET_KEY", "master_keys": "MASTER_KEYS", "order_key": "ORDER_KEY"}


def recipients_file() -> Path:
    """Where `backup_key` notes public keys, one a line."""
    return Path(settings.GI_HOME) / "keys" / "backup_recipients"


def recipients() -> list[str]:
    """The public keys that may open backups: GI_BACKUP_RECIPIENTS, else those that `backup_key` noted."""
    if settings.BACKUP_RECIPIENTS:
        return list(settings.BACKUP_RECIPIENTS)
    with contextlib.suppress(FileNotFoundError):
        return recipients_file().read_text().split()
    return []


def own_folder() -> Path:
    """Where backups go unless told otherwise, and where `last.json` is always."""
    return Path(settings.GI_HOME) / "backups"


def make(folder: Path, *, encrypted: bool = True, keep: int = 0) -> dict[str, Any]:
    """Make a backup in a folder, and then delete the older ones that `keep` (days) no longer keeps.

    Returns what stands in `last.json`, with the names that were `deleted` and `gone`. Raises BackupFault; then
    `last.json` says why.
    """
    try:
        keys = _keys_for(encrypted)
        inside = [settings.MEDIA_ROOT, *(Path(settings.GI_HOME) / name for name in backup_contents.FOLDERS)]
        if any(folder.resolve().is_relative_to(place) for place in inside):
            raise BackupFault(f"{folder} is one of the folders that are backed up: name a place outside of them.")
        with _alone(folder):
            told = _make(folder, keys)
            deleted = _thin_out(folder, keep) if keep else []
    except (BackupFault, OSError) as fault:
        _note({"made_at": now().isoformat(), "ok": False, "reason": str(fault)})
        raise
    _note({name: told[name] for name in ("made_at", "path", "bytes", "sha256", "journal_head", "ok")})
    return told | {"deleted": deleted}


def make_keys(folder: Path) -> Path:
    """Put the keys of this installation into a small encrypted file of their own; returns it. Raises BackupFault."""
    public = _keys_for(True)
    with _alone(folder):
        target = folder / f"keys-{now().strftime(STAMP)}.age"
        pieces = [(f"keys/{name}", getattr(settings, setting).encode()) for name, setting in KEYS.items()]
        backup_archive.write(target, pieces, lambda contents: contents.manifest(kind="keys"), public)
    return target


def _keys_for(encrypted: bool) -> list[str]:
    if not encrypted:
        if settings.PRODUCTION:
            raise BackupFault("In production a backup is encrypted: --unencrypted is for trying things out.")
        return []
    if not (found := recipients()):
        raise BackupFault(
            "No key is set for backups. Make one with `manage.py backup_key FILE`, or name public keys (age1…) in"
            " GI_BACKUP_RECIPIENTS."
        )
    return found


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _make(folder: Path, keys: list[str]) -> dict[str, Any]:
    start, made_at = time.monotonic(), now()
    target = folder / f"register-{made_at.strftime(STAMP)}.{'age' if keys else 'tar'}"
    if target.exists():
        raise BackupFault(f"{target.name} is there already: one backup a second is enough.")
    own_folder().mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=own_folder()) as scratch:
        os.chmod(scratch, 0o700)
        with backup_contents.snapshot(Path(scratch)) as moment:
            about = {
                "kind": "register", "made_at": made_at.isoformat(), "software": software.version(),
                "vendor": connection.vendor, "journal_head": moment.journal_head, "tables": moment.sums,
                "media": backup_contents.media_are_here(),
            }  # fmt: skip
            pieces = _pieces(moment)
            contents, digest = backup_archive.write(
                target,
                pieces,
                lambda contents: contents.manifest(**about, migrations=moment.migrations),
                keys,
            )
    size = target.stat().st_size
    counts = {table: rows for table, (rows, _sum) in moment.sums.items()}  # sums could confirm a guessed row
    side = about | {
        "tables": counts,
        "format": backup_archive.FORMAT,
        "bytes": size,
        "sha256": digest,
        "files": _files(contents),
    }
    _write_json(target.with_suffix(".json"), side)
    return {
        "made_at": about["made_at"], "path": str(target), "bytes": size, "sha256": digest, "ok": True,
        "journal_head": moment.journal_head, "files": side["files"], "gone": contents.gone,
        "rows": sum(rows for rows, _sum in moment.sums.values()), "seconds": round(time.monotonic() - start, 1),
    }  # fmt: skip


def _pieces(moment: backup_contents.Snapshot) -> Iterator[tuple[str, bytes | Path]]:
    yield from backup_archive.pieces_of(moment.dump, "database")
    yield from backup_contents.files()  # listed only now, after the database: see there


def _files(contents: backup_archive.Contents) -> dict[str, list[int]]:
    """Folder -> [files, bytes]; names of files stay inside the archive."""
    return {
        folder: [len(sizes), sum(sizes)]
        for folder in ("database", *backup_contents.FOLDERS)
        for sizes in [
            [size for name, (size, _sum) in contents.members.items() if name.startswith(f"{folder}/")]
        ]
    }


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder; what one that was killed left unfinished is cleared away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise BackupFault(f"Another backup into {folder} is running.") from fault
        for left in folder.glob("*.part"):
            left.unlink()
        for left in own_folder().glob(".copy-*"):
            for file in left.iterdir():
                file.unlink()
            left.rmdir()
        yield


def _write_json(file: Path, content: dict[str, Any]) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(json.dumps(content, indent=1))
    os.replace(part, file)


def _note(told: dict[str, Any]) -> None:
    own_folder().mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(OSError):  # the disk may be full: the reason is told by the command too
        _write_json(own_folder() / "last.json", told)


# --- Which older ones stay ---


def kept(stamps: Iterable[str], days: int, months: int = KEPT_MONTHS) -> set[str]:
    """Of backups by their stamps: the newest of each of the last `days` days and `months` months that have one."""
    found: set[str] = set()
    for length, count in ((8, days), (6, months)):
        newest: dict[str, str] = {}
        for stamp in sorted(stamps):
            newest[stamp[:length]] = stamp
        found |= {newest[day] for day in sorted(newest)[-count:]}
    return found


def _thin_out(folder: Path, days: int) -> list[str]:
    ours = {match[1]: file for file in folder.iterdir() if (match := OURS.fullmatch(file.name))}
    staying = kept(ours, days)
    gone = sorted(stamp for stamp in ours if stamp not in staying)
    for stamp in gone:
        ours[stamp].unlink()
        ours[stamp].with_suffix(".json").unlink(missing_ok=True)
    return [ours[stamp].name for stamp in gone]
