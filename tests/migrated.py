"""Migrations take half a minute; the tables that they make are kept beside the caches of the tools.

A copy holds for one set of migrations and packages: when one of them changes, the next run migrates and keeps anew.
For SQLite only; on PostgreSQL, and for who starts a fresh clone, every run migrates.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

FOLDER = Path(__file__).resolve().parent.parent / ".pytest_cache" / "migrated"


@cache
def copy() -> Path:
    """Where the copy for the migrations of today lies, if there is one."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for app in apps.get_app_configs():
        for file in sorted(Path(app.path).glob("migrations/*.py")):
            digest.update(f"\n{app.label}/{file.name}\n".encode())
            digest.update(file.read_bytes())
    # Triggers and full-text tables are made by code that migrations call.
    for name in ("journal_guards.py", "full_text.py"):
        digest.update((settings.BASE_DIR / "gi_registry" / name).read_bytes())
    return FOLDER / f"{digest.hexdigest()[:32]}.sqlite3"


def is_kept() -> bool:
    return connection.vendor == "sqlite" and copy().is_file()


def take() -> None:
    """Fill the database of this process from the copy."""
    connection.ensure_connection()
    source = sqlite3.connect(f"file:{copy()}?mode=ro", uri=True)
    source.backup(connection.connection)
    source.close()


def keep() -> None:
    """Keep what has just been migrated; whole or not at all, and nothing of older migrations."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = FOLDER / f"{os.getpid()}.unfinished"
    target = sqlite3.connect(unfinished)
    connection.connection.backup(target)
    target.close()
    for old in set(FOLDER.glob("*.sqlite3")) - {copy()}:  # that one is replaced: somebody may be about to take it
        old.unlink(missing_ok=True)
    unfinished.replace(copy())
