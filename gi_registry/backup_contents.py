"""READER. What a backup holds: one moment of the database, and the files that its rows name.

The database is read as of one moment while writers go on: SQLite by its online backup, PostgreSQL by `pg_dump` on an
exported snapshot. The files are listed afterwards: a file is on the disk before a row names it, so every row finds
its file. What was erased in between is missing in the backup too.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from gi_registry.backup_archive import BackupFault

# What is written at run time below GI_HOME and cannot be made again. Not here: keys (a file of their own), static
# files, mails of development, backups themselves.
FOLDERS = ("media", "private", "boundaries")
ASIDE = "before_restore_"  # schemas that a restore moved aside are no part of a backup
_READ = 1024 * 1024


@dataclass
class Snapshot:
    """One moment of the database: its content as a stream of bytes, and what can be told of it.

    `sums`: table -> [rows, sum]. The sum adds up a hash of each row, whatever their order; it can be compared only
    within one vendor.
    """

    dump: Iterator[bytes]
    sums: dict[str, list[Any]]
    journal_head: list[Any]
    migrations: list[str]


def media_are_here() -> bool:
    """Whether media lie in GI_HOME; in an object store they are kept by its own versions."""
    return bool(settings.STORAGES["default"]["BACKEND"] == "django.core.files.storage.FileSystemStorage")


def files() -> Iterator[tuple[str, Path]]:
    """Every file to keep, with its name in the archive; unfinished ones (*.part) are nobody's."""
    home: Path = settings.GI_HOME
    for folder in FOLDERS:
        if folder == "media" and not media_are_here():
            continue
        place = Path(settings.MEDIA_ROOT) if folder == "media" else home / folder
        for below, _folders, names in os.walk(place):
            for name in sorted(names):
                file = Path(below, name)
                if not name.endswith(".part") and file.is_file() and not file.is_symlink():
                    yield f"{folder}/{file.relative_to(place).as_posix()}", file


@contextmanager
def snapshot(scratch: Path) -> Iterator[Snapshot]:
    """One moment of the database. `scratch`: an empty folder for what must lie on the disk meanwhile."""
    if connection.vendor == "sqlite":
        yield _sqlite_snapshot(scratch)
        return
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {name} = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot_id = cursor.fetchone()[0]
            yield Snapshot(_pg_dump(other, snapshot_id), table_sums(other), *_state(other))
    finally:
        other.close()


def _sqlite_snapshot(scratch: Path) -> Snapshot:
    copy = scratch / "register.sqlite3"
    connection.ensure_connection()
    try:
        with closing(_source()) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)  # in one step: writers go on in the write-ahead log
            target.execute("PRAGMA journal_mode=DELETE")
            if (fault := target.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise BackupFault(f"The database file is damaged: {fault}")
    except sqlite3.Error as fault:
        raise BackupFault(f"The database cannot be copied: {fault}.") from fault
    os.chmod(copy, 0o600)
    other = connections.create_connection("default")
    other.settings_dict = other.settings_dict | {"NAME": str(copy), "OPTIONS": {}}
    try:
        return Snapshot(_squeezed(copy), table_sums(other), *_state(other))
    finally:
        other.close()


def _source() -> sqlite3.Connection:
    name = str(connection.settings_dict["NAME"])
    return sqlite3.connect(name, uri=name.startswith("file:"), timeout=20)


def _squeezed(copy: Path) -> Iterator[bytes]:
    squeeze = zlib.compressobj(1, wbits=31)  # gzip
    with copy.open("rb") as stream:
        while chunk := stream.read(_READ):
            yield squeeze.compress(chunk)
    yield squeeze.flush()


def unsqueeze(stream: Path, target: Path) -> None:
    """Make the database file from what `_squeezed` gave. Raises BackupFault."""
    expand = zlib.decompressobj(wbits=31)
    with stream.open("rb") as source, target.open("xb") as sink:
        try:
            while chunk := source.read(_READ):
                sink.write(expand.decompress(chunk))
            sink.write(expand.flush())
        except zlib.error as fault:
            raise BackupFault(
                f"The database in the backup is damaged: {fault}. Nothing was changed."
            ) from fault


# --- PostgreSQL: its own programs, with the connection's settings and no password in the list of processes ---


def program(name: str, database: BaseDatabaseWrapper, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a program of PostgreSQL, for the database of a connection."""
    command, secret = database.client.settings_to_cmd_args_env(database.settings_dict, list(arguments))
    return [name, *command[1:]], {
        "PATH": f"{os.defpath}:/usr/local/bin",
        "LC_ALL": "C.UTF-8",
        **(secret or {}),
    }


@contextmanager
def running(
    name: str, database: BaseDatabaseWrapper, *arguments: str, named: bool = True, **pipes: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of PostgreSQL; raises BackupFault with its own words where it fails.

    `named`: tell it the database; `pg_restore` that only writes a script must not be told.
    """
    command, environment = program(name, database, *arguments)
    if not named:
        command = [name, *arguments]
    with tempfile.TemporaryFile() as words:
        try:
            process = subprocess.Popen(command, env=environment, stderr=words, **pipes)
        except FileNotFoundError as fault:
            raise BackupFault(
                f"{name} is not installed here (Debian: apt install postgresql-client)."
            ) from fault
        try:
            with process:
                yield process
        except BrokenPipeError:
            pass
        finally:
            if process.poll() is None:
                process.kill()
        if process.returncode:
            words.seek(0)
            told = words.read().decode(errors="replace").strip()[-400:]
            raise BackupFault(f"{name} failed: {told}")


def _pg_dump(database: BaseDatabaseWrapper, snapshot_id: str) -> Iterator[bytes]:
    arguments = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges",
                 f"--exclude-schema={ASIDE}*", f"--snapshot={snapshot_id}"]  # fmt: skip
    with running("pg_dump", database, *arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while chunk := process.stdout.read(_READ):
            yield chunk
    database.close()  # the moment is held no longer than it is needed: files may take long


# --- Proofs ---


def table_sums(database: BaseDatabaseWrapper) -> dict[str, list[Any]]:
    """Rows and sum of every table; see `Snapshot`."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
            )
            return {name: _sqlite_sum(database, name) for (name,) in cursor.fetchall()}
        cursor.execute("SET extra_float_digits = 1; SET datestyle = 'ISO'; SET bytea_output = 'hex'")
        cursor.execute("SET statement_timeout = 0")
        names = sorted(database.introspection.table_names(cursor))
        sums = {}
        for name in names:
            half = "('x' || substr(md5(t::text), {}, 16))::bit(64)::bigint::numeric"
            cursor.execute(
                f"SELECT count(*), coalesce(sum({half.format(1)}), 0), coalesce(sum({half.format(17)}), 0)"
                f" FROM {database.ops.quote_name(name)} t"
            )
            rows, first, second = cursor.fetchone()
            sums[name] = [rows, f"{first}/{second}"]
        return sums


def _sqlite_sum(database: BaseDatabaseWrapper, table: str) -> list[Any]:
    rows, total = 0, 0
    for row in database.connection.execute(f"SELECT * FROM {database.ops.quote_name(table)}"):
        rows += 1
        total += int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest())
    return [rows, f"{total % 2**128:032x}"]


def _state(database: BaseDatabaseWrapper) -> tuple[list[Any], list[str]]:
    """The journal's head, and the migrations that the tables went through."""
    tables = database.introspection.table_names()
    if "django_migrations" not in tables or "gi_registry_journalhead" not in tables:
        raise BackupFault("The database holds no register: there is nothing to back up.")
    with database.cursor() as cursor:
        cursor.execute("SELECT sequence, hash FROM gi_registry_journalhead WHERE id = 1")
        head = list(cursor.fetchone() or (0, ""))
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return head, [f"{app}.{name}" for app, name in cursor.fetchall()]


def state_now() -> tuple[list[Any], list[str]]:
    """The same of the register as it is."""
    with transaction.atomic():
        return _state(connection)


def known_migrations() -> set[str]:
    """The migrations that this software has."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}
