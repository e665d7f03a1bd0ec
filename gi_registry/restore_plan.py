"""LEAF. Putting a restored register in the place of another so that a kill at any moment leaves one of them whole.

What is to be renamed is written down first (`restore-plan.json`). Until the plan is decided nothing has moved; from
then on every process that starts carries out what is left of it before it does anything else (`finish`, called by
the app config). On SQLite a plan is decided when it is written; on PostgreSQL when the transaction that puts the new
tables in place is committed, which the comment on the schema `public` tells.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from gi_registry.backup_archive import BackupFault, sync_folder

NAME = "restore-plan.json"


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """One restore at a time. Raises BackupFault."""
    with (home / ".restore.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise BackupFault("Another restore is running.") from fault
        yield


def write(home: Path, staging: Path, moves: list[tuple[Path, Path]], comment: str = "") -> None:
    """Note what is to be renamed, those first that go away; `comment`: decided when the schema has it.

    Every source is there now and no target is, but for those that an earlier move frees: that is how a move that was
    made is told from one that was not.
    """
    plan = {
        "staging": str(staging),
        "moves": [[str(one), str(other)] for one, other in moves],
        "comment": comment,
    }
    part = home / f"{NAME}.part"
    with part.open("w") as stream:
        json.dump(plan, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, home / NAME)
    sync_folder(home)


def carry_out(home: Path) -> None:
    """Make the moves that are not made yet; harmless to repeat."""
    plan = json.loads((home / NAME).read_text())
    for source, target in plan["moves"]:
        if not os.path.lexists(target):
            os.rename(source, target)
    (home / NAME).unlink()
    sync_folder(home)


def drop(home: Path) -> None:
    """Forget a plan of which nothing was done, and what was unpacked for it; never what was moved aside before."""
    staging = Path(json.loads((home / NAME).read_text())["staging"])
    (home / NAME).unlink()
    shutil.rmtree(staging / "new", ignore_errors=True)
    clear(staging)


def clear(staging: Path) -> None:
    """Remove what a restore unpacked, unless something that was here before lies in its folder."""
    if not any((staging / name).is_dir() and any((staging / name).iterdir()) for name in ("old", "failed")):
        shutil.rmtree(staging, ignore_errors=True)


def finish(home: Path) -> None:
    """Complete or forget a restore that was killed. Raises ImproperlyConfigured while one is running."""
    if not (home / NAME).exists():
        return
    try:
        with alone(home):
            if not (home / NAME).exists():  # somebody else was faster
                return
            plan: dict[str, Any] = json.loads((home / NAME).read_text())
            if plan["comment"] and _comment_of_schema() != plan["comment"]:
                drop(home)
                sys.stderr.write(
                    "A restore was interrupted before it took effect; the register is as it was.\n"
                )
                return
            carry_out(home)
            sys.stderr.write(
                "A restore was interrupted and has been completed now. Prove it: manage.py verify_journal and"
                " manage.py check_register. What was there before lies in " + plan["staging"] + ".\n"
            )
    except BackupFault as fault:
        raise ImproperlyConfigured("A restore is running: start again when it has ended.") from fault


def _comment_of_schema() -> str:
    database = connections.create_connection("default")
    with warnings.catch_warnings():  # Django would rather not be asked before all apps are ready
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            with database.cursor() as cursor:
                cursor.execute(
                    "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'public'"
                )
                found = cursor.fetchone()
                return str(found[0]) if found else ""
        finally:
            database.close()
