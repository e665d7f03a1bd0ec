"""READER. The files of open data on the disk: one folder a making, whole from the moment it has its name.

`GI_HOME/open-data/2026-11-22/`; a second making of a day is `2026-11-22-2`. A folder is written under another name and
renamed when everything in it is on the disk, and never changed afterwards: whatever has such a name is whole, and the
newest name is the current one.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-([0-9]{1,4}))?")
LATEST = "latest"
MANIFEST, CATALOGUE, SUMS = "manifest.json", "catalogue.jsonld", "SHA256SUMS"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "geojson": "application/geo+json; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
    "": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class OpenFile:
    """One file: its name, the data set it belongs to ('' for what is about all), rows (None: no table), bytes."""

    name: str
    dataset: str
    format: str
    rows: int | None
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Making:
    """What was made at one moment, at one entry of the journal."""

    stamp: str
    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Its manifest as it stands on the disk."""
        found: dict[str, Any] = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        return found

    @property
    def made_at(self) -> datetime.datetime:
        """When it was made."""
        return datetime.datetime.fromisoformat(self.manifest["made_at"])

    @property
    def files(self) -> list[OpenFile]:
        """Its files but for manifest and sums, in their order."""
        return [OpenFile(**one) for one in self.manifest["files"]]

    def checksum(self, name: str) -> str | None:
        """SHA-256 of one of its files as noted when it was made; None where there is no such file."""
        for line in (self.folder / SUMS).read_text(encoding="ascii").splitlines():
            digest, _blanks, named = line.partition("  ")
            if named == name:
                return digest
        return None


def makings() -> list[Making]:
    """Everything that is kept, the newest first."""
    root = settings.OPEN_DATA_ROOT
    names = [entry.name for entry in root.iterdir()] if root.is_dir() else []
    found = [(match[1], int(match[2] or 1), name) for name in names if (match := STAMP.fullmatch(name))]
    return [Making(name, root / name) for _day, _number, name in sorted(found, reverse=True)]


def find(stamp: str) -> Making | None:
    """The making of that name, or the newest one for 'latest'."""
    if stamp != LATEST and not STAMP.fullmatch(stamp):
        return None
    return next((one for one in makings() if stamp in (one.stamp, LATEST)), None)


def pieces(file: Path, start: int, stop: int) -> Iterator[bytes]:
    """The bytes of a file from `start` to before `stop`."""
    with file.open("rb") as stream:
        stream.seek(start)
        while start < stop and (piece := stream.read(min(1 << 16, stop - start))):
            start += len(piece)
            yield piece
