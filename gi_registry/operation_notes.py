"""LEAF. Small notes below `GI_HOME` by which commands tell the operator's page what they did last.

They belong to one machine and to nobody's history: a lost one costs nothing but the sentence on that page.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

WORKER = "worker.json"  # by `manage.py work`
VERIFIED = "journal-verified.json"  # by `manage.py verify_journal`
BACKUP = "backups/last.json"
MOST_BYTES = 1024 * 1024


def write(name: str, **told: Any) -> None:
    """Note something with the present time, whole or not at all. A full disk hinders no command: nothing is noted."""
    file: Path = settings.GI_HOME / name
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps({"at": timezone.now().isoformat(timespec="seconds"), **told}), encoding="utf-8")
        os.replace(part, file)
    except OSError:
        part.unlink(missing_ok=True)


def open_data() -> dict[str, Any]:
    """The manifest of the newest dumps: beside them, or in the newest folder of a day."""
    root: Path = settings.OPEN_DATA_ROOT
    found = [read(str(file)) for file in [*root.glob("*/manifest.json"), root / "manifest.json"]]
    return max(found, key=lambda told: str(told.get("made_at", "")), default={})


def read(name: str) -> dict[str, Any]:
    """What was noted; empty where nothing was, or what is there cannot be read."""
    try:
        with (settings.GI_HOME / name).open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
