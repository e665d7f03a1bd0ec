"""A register that is lost comes back out of its backup: every row, every file, and codes that still verify.

Real processes on a register of their own, on SQLite or PostgreSQL; they are killed where it hurts most.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from gi_registry import backing_up, backup_archive, backup_contents, restore_plan
from gi_registry.backup_archive import BackupFault
from tests import server_process
from tests.conftest import ON_POSTGRESQL

MAKE = """
from django.db import transaction
from django.utils import translation
from tests import whole_register, label_world
import sys; told, sys.stdout = sys.stdout, sys.stderr
translation.activate("en")
with transaction.atomic():
    found = whole_register.make()
print(label_world.code_of(found.season.batches.with_codes().get(), 7), file=told)
"""
# Writes a photograph and its row, a journal entry and a scan together, until it is told to stop.
WRITE = """
import sys, threading
from django.db import transaction
from enterprises import report_photos, scanning
from enterprises.scan_models import SuspectReport, label_key
from gi_registry import journal
from gi_registry.journal import Actor, Event, EventType, Subject
from tests.case_world import pdf
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
number = 0
while not stop.is_set():
    name = report_photos.keep(pdf(str(number)))
    with transaction.atomic():
        SuspectReport.objects.get().photos.create(name=name, media_type="image/jpeg", size=9)
        journal.record(Event(EventType.PRODUCT_AMENDED, Subject("product", "365", name), {}), by=Actor.system("test"))
    scanning.record(label_key(1, 1 + number % 100), scanning.Visit(f"198.51.{number % 250}.0/24", "ios", "43"))
    number += 1
    if number == 5:
        print("writing", flush=True)
print(number)
"""
NOISE = {"django_session", "django_tasks_db_dbtaskresult"}


@dataclass
class Site:
    """A register in a folder, with a database of its own."""

    home: Path
    database: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self):
        return server_process.variables(self.home) | ({"DATABASE_URL": self.database} if self.database else {})

    def start(self, script, **pipes):
        command = [sys.executable, "-W", "ignore", "-c", f"import django; django.setup()\n{script}"]
        return subprocess.Popen(command, env=self.environment, text=True, stdout=subprocess.PIPE, **pipes)

    def run(self, script, code=0):
        """Output of a script with Django set up; `code` is how it has to end."""
        process = self.start(script, stderr=subprocess.PIPE)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == code, errors[-3000:]
        return output

    def manage(self, *commands):
        """Commands of the register, one after the other in one process; what they printed, or the refusal."""
        lines = [f"manage({', '.join(map(repr, map(str, one)))})" for one in commands]
        return self.run(MANAGE + "\n".join(lines))

    def rows(self):
        """Every row of every table as text, in an order of its own."""
        if not self.database:
            with sqlite3.connect(self.home / "register.sqlite3") as database:
                found = sorted(database.iterdump())
            database.close()
            return found
        command = ["pg_dump", "--exclude-schema=before_*", "--no-owner", "--no-privileges", f"--dbname={self.database}"]
        dump = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}).stdout
        return sorted(line for line in dump.splitlines() if not line.startswith(("\\", "--", "COMMENT ON SCHEMA")))

    def files(self):
        """Name -> content of everything that is kept."""
        return {
            file.relative_to(self.home).as_posix(): file.read_bytes()
            for folder in backup_contents.FOLDERS
            for file in (self.home / folder).rglob("*")
            if file.is_file()
        }


MANAGE = """
from django.core.management import call_command
from django.core.management.base import CommandError
def manage(*words):
    try:
        call_command(*words)
    except CommandError as fault:
        print("REFUSED:", fault, flush=True)
"""


@pytest.fixture(scope="module")
def new_site(tmp_path_factory, django_db_setup, django_db_blocker):
    """Makes sites with no tables; their databases go when the tests are over."""
    names = []

    def make():
        home = tmp_path_factory.mktemp("site")
        if not ON_POSTGRESQL:
            return Site(home)
        names.append(f"site_{uuid.uuid4().hex}")
        execute(f"CREATE DATABASE {names[-1]}")
        return Site(home, settings_url(names[-1]))

    def execute(sql):
        import psycopg2

        other = psycopg2.connect(settings_url("postgres"))
        other.autocommit = True
        other.cursor().execute(sql)
        other.close()

    with django_db_blocker.unblock():
        yield make
        for name in names:
            execute(f"DROP DATABASE {name} WITH (FORCE)")


def settings_url(name):
    return f"postgres://{connection.settings_dict['USER']}@/{connection.settings_dict['HOST']}/{name}"


@pytest.fixture(scope="module")
def site(new_site):
    """A whole register."""
    made = new_site()
    if made.database:
        dump = subprocess.run(
            ["pg_dump", settings_url(connection.settings_dict["NAME"])], capture_output=True, check=True,
            env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        subprocess.run(["psql", "-q", made.database], input=dump.stdout, check=True, stdout=subprocess.DEVNULL,
                       env={"PATH": os.environ["PATH"]})  # fmt: skip
    else:
        server_process.empty_register(made.home)
    made.variables["code"] = made.run(MAKE).strip()
    return made


@dataclass
class Backups:
    """What was made of a site: with writers at work, when it was quiet, and its keys."""

    key: Path
    busy: Path
    quiet: Path
    keys: Path


@pytest.fixture(scope="module")
def backups(site, tmp_path_factory):
    safe = tmp_path_factory.mktemp("safe")
    key = safe / "private"
    writer = site.start(WRITE, stdin=subprocess.PIPE)
    assert writer.stdout.readline() == "writing\n"
    told = site.manage(["backup"], ["backup_key", key], ["backup", safe / "busy"])
    assert "REFUSED: No key is set for backups" in told
    written, _errors = writer.communicate("", timeout=60)
    assert int(written) >= 5
    site.manage(["backup", safe / "quiet"], ["backup", "--keys", safe])
    (busy,), (quiet,), (keys,) = ((safe / name).glob("*.age") for name in ("busy", "quiet", "."))
    return Backups(key, busy, quiet, keys)


def test_a_lost_register_comes_back_row_by_row_and_file_by_file(site, backups, new_site):
    restored = new_site()
    told = restored.manage(
        ["restore", backups.keys, "--keys", "--key", backups.key],
    ) + restored.manage(["restore", backups.quiet, "--key", backups.key])  # fmt: skip
    assert "rules hold for all rows" in told
    assert "Restored." in told
    assert restored.files() == site.files()
    assert len(restored.files()) > 10
    assert restored.rows() == site.rows()
    answer = f"from enterprises import verification; print(verification.find({site.variables['code']!r}))"
    assert "index=7" in restored.run(answer)
    assert restored.run(answer) == site.run(answer)
    again = restored.manage(["restore", backups.quiet, "--key", backups.key])
    assert "REFUSED: This is no empty place" in again


def test_a_backup_made_while_people_write_is_of_one_moment(backups, new_site):
    restored = new_site()
    told = restored.manage(["restore", backups.keys, "--keys", "--key", backups.key])
    told = restored.manage(["restore", backups.busy, "--key", backups.key])
    # Every photograph has its file, the journal is whole, and scans agree with their counts.
    assert "rules hold for all rows" in told or "no row names this file" in told
    assert "missing" not in told
    assert "The journal is whole" in told
