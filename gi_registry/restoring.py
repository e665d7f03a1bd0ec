"""EDGE. Restoring a backup: unpacked and proved beside the register, then put in place, then proved again.

Nothing is deleted. What was there before is moved aside, and comes back where a proof fails.
"""

from __future__ import annotations

import datetime
import io
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections

from gi_registry import backing_up, backup_archive, backup_contents, journal, restore_plan
from gi_registry.backup_archive import BackupFault
from gi_registry.backup_contents import ASIDE, FOLDERS

Say = Callable[[str], object]
SHOWN = 20  # lines of what a restored register breaks


class _Ended(Exception):
    """psql has closed its end; its own words say why."""


def restore(archive: Path, identities: list[str], *, replace: bool, say: Say) -> None:
    """Restore the data of a register. Raises BackupFault; the register is then as it was."""
    home: Path = settings.GI_HOME
    with restore_plan.alone(home):
        for left in home.glob("restore-*_*"):  # of one that was killed before it had a plan
            restore_plan.clear(left)
        token = f"{datetime.datetime.now(datetime.UTC):%Y%m%dt%H%M%Sz}_{os.getpid()}"
        occupied = _occupied()
        if occupied and not replace:
            raise BackupFault(
                f"This is no empty place: {', '.join(occupied)}. Nothing was changed. With --replace the register"
                " here is moved aside first."
            )
        _nobody_else(bool(occupied))
        staging = home / f"restore-{token}"
        new, old = staging / "new", staging / "old"
        for folder in (staging, new, old):
            folder.mkdir(mode=0o700)
        try:
            manifest = backup_archive.read(archive, identities, new, FOLDERS)
            _fits(manifest)
            if connection.vendor == "sqlite":
                _prepare_sqlite(new, manifest)
            (new / "files").mkdir(exist_ok=True)
            os.sync()
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        say(f"Unpacked and compared: {len(manifest['members'])} members, made {manifest['made_at']}.")
        _put_in_place(token, staging, bool(occupied))
        try:
            _prove(manifest, say)
        except BaseException:
            _take_back(token, staging)
            raise
        _tidy(token, staging, bool(occupied), say)


# --- What is here, and whether the backup fits ---


def _places() -> dict[str, Path]:
    home: Path = settings.GI_HOME
    places = {folder: home / folder for folder in FOLDERS} | {"media": Path(settings.MEDIA_ROOT)}
    if not backup_contents.media_are_here():
        del places["media"]
    return places


def _occupied() -> list[str]:
    """What makes this place not an empty one, in words."""
    try:
        tables = len(connection.introspection.table_names())
        found = [f"the database has {tables} tables"] if tables else []
    except DatabaseError as fault:
        if connection.vendor != "sqlite":
            raise BackupFault(f"The database does not answer: {fault}") from fault
        found = [f"the database file cannot be read ({fault})"]
    for name, place in _places().items():
        if place.is_dir() and any(place.iterdir()):
            found.append(f"the folder {name} holds files")
    return found


def _nobody_else(occupied: bool) -> None:
    """A register that somebody works with is not replaced."""
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        connections.close_all()
        try:
            with sqlite3.connect(path, timeout=1) as database:
                # Only who has the file to itself may leave the write-ahead log; what was in that is in the file then.
                database.execute("PRAGMA journal_mode=DELETE")
            database.close()
        except sqlite3.DatabaseError as fault:
            if "locked" in str(fault):
                raise BackupFault(
                    "The register is in use. Stop server and worker first; nothing was changed."
                ) from fault
            # A damaged file is moved aside like a whole one.
    elif occupied:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if others := cursor.fetchone()[0]:
                raise BackupFault(
                    f"The database is in use by {others} other connections. Stop server and worker first; nothing was"
                    " changed."
                )
    home = Path(settings.GI_HOME)
    for name, place in _places().items():
        if place.is_mount() or (place.exists() and place.stat().st_dev != home.stat().st_dev):
            raise BackupFault(
                f"The folder {name} lies on another disk than GI_HOME: unmount it, copy it back later."
            )


def _fits(manifest: dict[str, Any]) -> None:
    if manifest.get("kind") != "register":
        raise BackupFault(
            "This is no backup of the data. Keys are restored with --keys. Nothing was changed."
        )
    if not backup_contents.media_are_here() and any(name.startswith("media/") for name in manifest["members"]):
        raise BackupFault(
            "The backup holds media, and here media lie in an object store: restore without it, then copy them there."
            " Nothing was changed."
        )
    if manifest["vendor"] != connection.vendor:
        raise BackupFault(
            f"The backup holds a database of {manifest['vendor']}, this is {connection.vendor}: set DATABASE_URL to one"
            " of the same kind. Nothing was changed."
        )
    if unknown := set(manifest["migrations"]) - backup_contents.known_migrations():
        raise BackupFault(
            f"The backup was made by version {manifest['software']}, which is newer: this software does not know"
            f" {min(unknown)}. Install that version first. Nothing was changed."
        )


def _prepare_sqlite(new: Path, manifest: dict[str, Any]) -> None:
    """Make the database file and compare every table, before anything here is touched."""
    file = new / "register.sqlite3"
    backup_contents.unsqueeze(new / "database", file)
    file.chmod(0o600)
    (new / "database").unlink()
    database = connections.create_connection("default")
    database.settings_dict = database.settings_dict | {"NAME": str(file), "OPTIONS": {}}
    try:
        _compare(manifest["tables"], backup_contents.table_sums(database))
    finally:
        database.close()


def _compare(told: dict[str, Any], found: dict[str, Any]) -> None:
    for table in sorted(told.keys() | found.keys()):
        if told.get(table) != found.get(table):
            raise BackupFault(
                f"Table {table} is not what was backed up ({_rows(found, table)} rows, {_rows(told, table)} expected)."
                " The register is as it was."
            )


def _rows(sums: dict[str, Any], table: str) -> str:
    return str(sums[table][0]) if table in sums else "no"


# --- In place, and back ---


def _put_in_place(token: str, staging: Path, occupied: bool) -> None:
    home, new, old = Path(settings.GI_HOME), staging / "new", staging / "old"
    pairs = [(place, new / "files" / name, old / name) for name, place in _places().items()]
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        for tail in ("", "-wal", "-shm"):  # the latter two only where the file is damaged
            name = f"register.sqlite3{tail}"
            pairs.append((path.with_name(path.name + tail), new / name, old / name))
    connections.close_all()
    away = [(place, aside) for place, _fresh, aside in pairs if place.exists()]
    back = [(fresh, place) for place, fresh, _aside in pairs if fresh.exists()]
    if connection.vendor == "sqlite":
        restore_plan.write(home, staging, [*away, *back])
    else:
        restore_plan.write(home, staging, [*away, *back], comment=f"restored {token}")
        try:
            _load(token, new / "database", occupied)
        except BaseException:
            restore_plan.drop(home)
            raise
    restore_plan.carry_out(home)


def _load(token: str, dump: Path, occupied: bool) -> None:
    """PostgreSQL: the old schema aside and the new tables in, in one transaction."""
    before = f"ALTER SCHEMA public RENAME TO {ASIDE}{token};" if occupied else "DROP SCHEMA public;"
    _script(
        f"{before} CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;",
        dump,
        f"COMMENT ON SCHEMA public IS 'restored {token}';",
    )


def _script(before: str, dump: Path | None, after: str) -> None:
    arguments = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with backup_contents.running("psql", connection, *arguments, **pipes) as sink:
        assert sink.stdin is not None
        sink.stdin.write(f"BEGIN; {before}\n".encode())
        try:
            if dump is not None:
                with backup_contents.running(
                    # What is in the schema, without the schema: a dump of a restored register would make it again.
                    "pg_restore", connection, "--schema=public", "--no-owner", "--no-privileges", "--file=-", str(dump),
                    named=False, stdout=subprocess.PIPE,
                ) as source:  # fmt: skip
                    try:
                        shutil.copyfileobj(source.stdout, sink.stdin, 1024 * 1024)  # type: ignore[arg-type]
                    except BrokenPipeError as fault:
                        raise _Ended from fault
            # Only now: a script that ends before this line, whatever ended it, changes nothing.
            sink.stdin.write(f"\n{after}\nCOMMIT;\n".encode())
        except _Ended:
            pass


def _take_back(token: str, staging: Path) -> None:
    """Everything as it was; what was restored lies in `staging/failed` and, on PostgreSQL, is dropped."""
    home, old, failed = Path(settings.GI_HOME), staging / "old", staging / "failed"
    failed.mkdir(mode=0o700)
    places = _places()
    if connection.vendor == "sqlite":
        places["register.sqlite3"] = Path(connection.settings_dict["NAME"])
    connections.close_all()
    away = [(place, failed / name) for name, place in places.items() if place.exists()]
    back = [(old / name, place) for name, place in places.items() if (old / name).exists()]
    if connection.vendor == "sqlite":
        restore_plan.write(home, staging, [*away, *back])
    else:
        comment = f"taken back {token}"
        restore_plan.write(home, staging, [*away, *back], comment=comment)
        aside = f"{ASIDE}{token}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [aside])
            there = cursor.fetchone()[0]
        connections.close_all()
        bring = f"ALTER SCHEMA {aside} RENAME TO public;" if there else "CREATE SCHEMA public;"
        _script(f"DROP SCHEMA public CASCADE; {bring}", None, f"COMMENT ON SCHEMA public IS '{comment}';")
    restore_plan.carry_out(home)


# --- Proofs ---


def _prove(manifest: dict[str, Any], say: Say) -> None:
    if connection.vendor != "sqlite":  # SQLite's were compared before
        _compare(manifest["tables"], backup_contents.table_sums(connection))  # type: ignore[arg-type]
    rows = sum(rows for rows, _sum in manifest["tables"].values())
    say(f"Every table as it was backed up: {len(manifest['tables'])} tables, {rows:,} rows.")
    if backup_contents.known_migrations() - set(manifest["migrations"]):
        say(f"The backup is of version {manifest['software']}: run manage.py migrate, verify_journal, check_register.")
        return
    if faults := list(journal.verify()):
        raise BackupFault(f"The restored journal is not whole: {faults[0]} The register is as it was.")
    say(f"The journal is whole: {manifest['journal_head'][0]} entries, head {manifest['journal_head'][1]}")
    found = io.StringIO()
    try:
        call_command("check_register", stdout=found, stderr=found)
        say(found.getvalue().strip())
    except CommandError as fault:
        lines = found.getvalue().splitlines()
        for line in lines[:SHOWN]:
            say(line)
        if len(lines) > SHOWN:
            say(f"… and {len(lines) - SHOWN} more lines of check_register")
        say(f"{fault} The rows are those of the backup: this was so before, or the keys here are not those of then.")


def _tidy(token: str, staging: Path, occupied: bool, say: Say) -> None:
    shutil.rmtree(staging / "new")
    if not occupied:
        shutil.rmtree(staging)
        return
    where = str(staging / "old")
    if connection.vendor != "sqlite":
        where += f" and the schema {ASIDE}{token}"
    say(f"What was here before lies in {where}. Delete it when nobody needs it any more.")


# --- Keys ---


def restore_keys(archive: Path, identities: list[str], *, replace: bool) -> list[str]:
    """Put keys back into GI_HOME/keys; returns what the operator should know. Raises BackupFault."""
    home = Path(settings.GI_HOME)
    with restore_plan.alone(home):
        staging = home / f".keys-{os.getpid()}"
        staging.mkdir(mode=0o700)
        try:
            manifest = backup_archive.read(archive, identities, staging, ("keys",))
            if manifest.get("kind") != "keys":
                raise BackupFault("This is a backup of data, not of keys. Nothing was changed.")
            found = {name: (staging / "files" / "keys" / name).read_text() for name in backing_up.KEYS}
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        other = {name for name, value in found.items() if getattr(settings, backing_up.KEYS[name]) != value}
        if other and not replace and connection.introspection.table_names():
            raise BackupFault(
                "This installation has other keys, and a register that may rest on them. Nothing was changed. With"
                " --replace they are moved aside first."
            )
        return _store_keys(home / "keys", {name: found[name] for name in sorted(other)})


def _store_keys(folder: Path, values: dict[str, str]) -> list[str]:
    if not values:
        return ["The keys here are those of the backup."]
    told, stamp = [], backing_up.now().strftime(backing_up.STAMP)
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, value in values.items():
        file, part = folder / name, folder / f"{name}.part"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(value)
            stream.flush()
            os.fsync(stream.fileno())
        if file.exists():
            os.link(file, folder / f"{name}.before-{stamp}")
        os.replace(part, file)
        told.append(f"restored {file}")
    backup_archive.sync_folder(folder)
    told.append(
        "Where GI_SECRET_KEY, GI_MASTER_KEYS or GI_ORDER_KEY are set in the environment, they go before these files:"
    )
    told.append("set them to what stands in the files, and remove the files. Restart every process.")
    return told


def identities(file: Path | None) -> list[str]:
    """The private keys in a file of `backup_key` or age-keygen. Raises BackupFault."""
    if file is None:
        return []
    try:
        lines = file.read_text().split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise BackupFault(f"{file} cannot be read as a file of a private key.") from fault
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
