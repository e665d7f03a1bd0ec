"""A register that is lost comes back out of its backup: every row, every file, and codes that still verify.

Real processes on a register of their own, on SQLite or PostgreSQL; they are killed where it hurts most.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from gi_registry import backing_up, backup_archive, backup_contents, restore_plan
from products.models import Source
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
from enterprises.label_models import LabelBatch
from enterprises.scan_models import SuspectReport, label_key
from gi_registry import journal
from gi_registry.journal import Actor, Event, EventType, Subject
from tests.case_world import pdf
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
batch, number = LabelBatch.objects.with_codes().get().pk, 0
while not stop.is_set():
    name = report_photos.keep(pdf(str(number)))
    with transaction.atomic():
        SuspectReport.objects.get().photos.create(name=name, media_type="image/jpeg", size=9)
        journal.record(Event(EventType.PRODUCT_AMENDED, Subject("product", "365", name), {}), by=Actor.system("test"))
    scanning.record(label_key(batch, 1 + number % 100), scanning.Visit(f"198.51.{number % 250}.0/24", "ios", "43"))
    number += 1
    if number == 5:
        print("writing", flush=True)
print(number)
"""


ENGLISH = "from django.utils import translation; translation.activate('en')"


@dataclass
class Site:
    """A register in a folder, with a database of its own."""

    home: Path
    database: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self):
        return server_process.variables(self.home) | (
            {"DATABASE_URL": self.database} if self.database else {}
        )

    def start(self, script, **pipes):
        command = [sys.executable, "-W", "ignore", "-c", f"import django; django.setup()\n{script}"]
        return subprocess.Popen(command, env=self.environment, text=True, stdout=subprocess.PIPE, **pipes)

    def run(self, script, code=0):
        """Output of a script with Django set up; `code` is how it has to end."""
        process = self.start(script, stderr=subprocess.PIPE)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == code, errors[-3000:]
        return output

    def manage(self, *commands, more=""):
        """Commands of the register, one after the other in one process; what they printed, or the refusal."""
        lines = [f"manage({', '.join(map(repr, map(str, one)))})" for one in commands]
        return self.run(MANAGE + "\n".join([*lines, more]))

    def rows(self):
        """Every row of every table as text, in an order of its own."""
        if not self.database:
            with sqlite3.connect(self.home / "register.sqlite3") as database:
                found = sorted(database.iterdump())
            database.close()
            return found
        command = [
            "pg_dump",
            "--exclude-schema=before_*",
            "--no-owner",
            "--no-privileges",
            f"--dbname={named(self.database)}",
        ]
        dump = subprocess.run(
            command, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
        ).stdout
        words = ("\\", "--", "COMMENT ON SCHEMA", "CREATE SCHEMA public")
        return sorted(line for line in dump.splitlines() if line and not line.startswith(words))

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

        other = psycopg2.connect(named(settings_url("postgres")))
        other.autocommit = True
        other.cursor().execute(sql)
        other.close()

    with django_db_blocker.unblock():
        yield make
        for name in names:
            execute(f"DROP DATABASE {name} WITH (FORCE)")


def settings_url(name):
    """DATABASE_URL of a database beside that of the tests."""
    return f"postgres://{connection.settings_dict['USER']}@/{connection.settings_dict['HOST']}/{name}"


def named(url):
    """The same as PostgreSQL's own programs write it."""
    user, _at, place = url.removeprefix("postgres://").partition("@/")
    host, _slash, name = place.rpartition("/")
    return f"host={host} user={user} dbname={name}"


@pytest.fixture(scope="module")
def site(new_site):
    """A whole register."""
    made = new_site()
    if made.database:
        dump = subprocess.run(
            ["pg_dump", named(settings_url(connection.settings_dict["NAME"]))], capture_output=True, check=True,
            env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        subprocess.run(["psql", "-q", named(made.database)], input=dump.stdout, check=True, stdout=subprocess.DEVNULL,
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
    # The operator's page reads what the command noted of the last backup.
    line = "from enterprises import operation_lines as o; print(*(one.text for s in o.sections() for one in s.lines))"
    told = site.manage(["backup", safe / "quiet"], ["backup", "--keys", safe], more=f"{ENGLISH}\n{line}")
    assert re.search(r"B, up to entry \d+ ", told), told[-2000:]
    (busy,), (quiet,), (keys,) = ((safe / name).glob("*.age") for name in ("busy", "quiet", "."))
    return Backups(key, busy, quiet, keys)


@pytest.mark.django_db
def test_sums_of_tables_do_not_depend_on_the_order_of_rows_but_on_every_value():
    def sum_of(*names):
        sources = [Source.objects.create(pk=pk, key=f"k{pk}", title=name) for pk, name in names]
        found = backup_contents.table_sums(connection)["products_source"]
        for source in sources:
            source.delete()
        return found

    first = sum_of((901, "one"), (902, "two"))
    assert first[0] == 2
    assert sum_of((902, "two"), (901, "one")) == first
    assert sum_of((901, "one"), (902, "Two")) != first


@dataclass
class Restored:
    """A site that came out of a backup, what was said, and a backup of it."""

    site: Site
    told: str
    backup: Path


@pytest.fixture(scope="module")
def restored(site, backups, new_site, tmp_path_factory):
    made, safe = new_site(), tmp_path_factory.mktemp("second")
    made.manage(["restore", backups.keys, "--keys", "--key", backups.key])
    restoring = ["restore", backups.quiet, "--key", backups.key]
    asking = f"from enterprises import verification; print(verification.find({site.variables['code']!r}))"
    told = made.manage(restoring, restoring, ["backup", safe, "--unencrypted"], more=asking)
    (second,) = safe.glob("*.tar")
    return Restored(made, told, second)


def test_a_lost_register_comes_back_row_by_row_and_file_by_file(site, restored):
    assert "rules hold for all rows" in restored.told
    assert "Restored." in restored.told
    assert "REFUSED: This is no empty place" in restored.told
    assert "index=7" in restored.told, "a label that was printed before still verifies"
    assert restored.site.files() == site.files()
    assert len(restored.site.files()) > 10
    assert restored.site.rows() == site.rows()


def test_a_backup_made_while_people_write_is_of_one_moment(site, backups, new_site):
    restored = new_site()
    shutil.copytree(site.home / "keys", restored.home / "keys")
    told = restored.manage(["restore", backups.busy, "--key", backups.key])
    # Every photograph has its file, the journal is whole, and scans agree with their counts.
    assert "rules hold for all rows" in told
    assert "The journal is whole" in told
    files = site.files()
    assert all(files[name] == content for name, content in restored.files().items())


# --- Nothing is half done ---

KILLED_BACKUP = """
import os, signal
from pathlib import Path
from gi_registry import backing_up, backup_archive
once = backup_archive._member
def member(name, content, contents):
    if name.startswith("private/"):
        os.kill(os.getpid(), signal.SIGKILL)
    return once(name, content, contents)
backup_archive._member = member
backing_up.make(Path(%r))
"""
SMALL_DISK = """
import resource
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (%d, resource.RLIM_INFINITY))
"""


def test_a_backup_that_is_killed_or_finds_no_room_leaves_the_older_one(site, backups, tmp_path):
    for file in (backups.quiet, backups.quiet.with_suffix(".json")):
        shutil.copy(file, tmp_path)
    site.run(KILLED_BACKUP % str(tmp_path), code=-signal.SIGKILL)
    left = {file.name for file in tmp_path.iterdir()} - {".lock"}
    left -= {backups.quiet.name, backups.quiet.with_suffix(".json").name}
    assert [Path(name).suffix for name in left] == [".part"]
    room = backups.quiet.stat().st_size // 2
    if not site.database:  # the copy of the database has to fit
        room = (site.home / "register.sqlite3").stat().st_size
        (site.home / "media" / "large.jpg").write_bytes(os.urandom(room))
    try_again = f"""
manage('backup', {str(tmp_path)!r})
told = Path({str(site.home)!r}, "backups", "last.json").read_text()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(sorted(path.name for path in Path({str(tmp_path)!r}).iterdir()))
Path({str(site.home)!r}, "media", "large.jpg").unlink(missing_ok=True)
manage('backup', {str(tmp_path)!r})
print(told)
"""
    told = site.run(MANAGE + SMALL_DISK % room + try_again)
    assert "REFUSED: There is no room for the backup" in told
    assert str([".lock", backups.quiet.name, backups.quiet.with_suffix(".json").name]) in told, (
        "nothing is half done"
    )
    failed = json.loads(told[told.index("{") :])
    assert failed["ok"] is False
    assert "no room" in failed["reason"]
    assert not list((site.home / "backups").glob(".copy-*")), "what the killed one left is cleared away"
    last = json.loads((site.home / "backups" / "last.json").read_text())
    assert last["ok"] is True
    assert last["sha256"] == backup_archive.sha256_of(Path(last["path"]))


LATER = """
from django.db import transaction
from gi_registry import journal
from gi_registry.journal import Actor, Event, EventType, Subject
with transaction.atomic():
    event = Event(EventType.PRODUCT_AMENDED, Subject("product", "365", "later"), {})
    journal.record(event, by=Actor.system("test"))
"""
RESTORE = """
import os, signal
from pathlib import Path
from gi_registry import backup_contents, restore_plan, restoring
calls, once, running_once = [], os.rename, backup_contents.running
def rename(source, target):
    if len(calls) == %(kill)d:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(source)
    once(source, target)
restore_plan.os.rename = rename
def running(name, *words, **more):
    if name == "pg_restore" and %(kill)d < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return running_once(name, *words, **more)
backup_contents.running = running
restoring.restore(Path(%(archive)r), restoring.identities(Path(%(key)r)), replace=True, say=print)
"""


@pytest.fixture(scope="module")
def other(site, restored, new_site):
    """A site out of the backup of a site that came out of a backup, in which something has happened since."""
    other = new_site()
    shutil.copytree(site.home / "keys", other.home / "keys")
    other.manage(["restore", restored.backup], more=LATER)
    (other.home / "private" / "later").write_text("A file that the backup does not have.")
    return other


def started(site):
    """What a process says when it starts."""
    return site.start("", stderr=subprocess.PIPE).communicate(timeout=60)[1]


def test_a_restore_that_is_killed_leaves_the_old_register_or_the_new_one(site, backups, other):
    old, old_files = other.rows(), other.files()
    values = {"archive": str(backups.quiet), "key": str(backups.key)}
    if other.database:  # before the transaction is committed
        other.run(RESTORE % (values | {"kill": -1}), code=-signal.SIGKILL)
        assert "the register is as it was" in started(other)
        assert (other.rows(), other.files()) == (old, old_files)
    other.run(
        RESTORE % (values | {"kill": 2}), code=-signal.SIGKILL
    )  # decided, and half of the names changed
    assert (other.home / restore_plan.NAME).exists()
    assert "has been completed now" in started(other)
    assert not (other.home / restore_plan.NAME).exists()
    assert (other.rows(), other.files()) == (site.rows(), site.files())
    (aside,) = other.home.glob("restore-*/old/private")
    assert len([file for file in aside.rglob("*") if file.is_file()]) == len(
        [name for name in old_files if name.startswith("private/")]
    ), "what was there before is kept"


def test_a_restore_that_cannot_be_proved_is_taken_back(backups, other):
    (other.home / "private" / "marker").write_text("This is the register that was here.")
    old, old_files = other.rows(), other.files()
    broken = "from gi_registry import journal\njournal.verify = lambda: iter(['Entry 3 was changed.'])\n"
    command = f"manage('restore', {str(backups.quiet)!r}, '--key', {str(backups.key)!r}, '--replace')"
    told = other.run(MANAGE + broken + command)
    assert (
        "REFUSED: The restored journal is not whole: Entry 3 was changed. The register is as it was." in told
    )
    assert (other.rows(), other.files()) == (old, old_files)


def test_a_register_in_use_is_not_replaced(site, backups):
    before = site.files()
    words = ["manage.py", "restore", str(backups.busy), "--key", str(backups.key), "--replace"]
    script = f"""
import subprocess, sys
from gi_registry.models import JournalHead
JournalHead.objects.get()
print(subprocess.run([sys.executable, *{words!r}], capture_output=True, text=True).stderr)
"""
    assert "in use" in site.run(script)
    assert site.files() == before


def test_damaged_cut_and_foreign_backups_are_refused_and_nothing_is_changed(backups, new_site, tmp_path):
    content = backups.quiet.read_bytes()
    (tmp_path / "flipped").write_bytes(content[:300_000] + bytes([content[300_000] ^ 1]) + content[300_001:])
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    (tmp_path / "head").write_bytes(content[:100])
    (tmp_path / "text").write_bytes(b"no backup at all " * 100)
    other_key, empty = tmp_path / "other", new_site()
    damaged = "is damaged or cut short"
    tries = {
        (tmp_path / "flipped", "--key", backups.key): damaged,
        (tmp_path / "cut", "--key", backups.key): damaged,
        (tmp_path / "head", "--key", backups.key): damaged,
        (tmp_path / "text", "--key", backups.key): damaged,
        (tmp_path / "none", "--key", backups.key): "cannot be read",
        (backups.quiet, "--key", other_key): "The private key does not open",
        (backups.quiet,): "is encrypted: name the file of the private key",
        (backups.keys, "--key", backups.key): "no file of a backup",
        (backups.quiet, "--keys", "--key", backups.key): "no file of a backup",
    }
    told = empty.manage(["backup_key", other_key], *(["restore", *words] for words in tries))
    lines = [line for line in told.splitlines() if line.startswith("REFUSED")]
    assert len(lines) == len(tries), told
    assert [line for line, words in zip(lines, tries.values(), strict=True) if words not in line] == []
    assert empty.files() == {}
    assert not list(empty.home.glob("restore-*"))


# --- Keys apart ---


def test_keys_are_in_no_backup_of_the_data(site, backups, tmp_path):
    manifest = backup_archive.read(
        backups.quiet, [backups.key.read_text().strip()], tmp_path, backup_contents.FOLDERS
    )
    assert {name.split("/")[0] for name in manifest["members"]} <= {
        "format.json",
        "database",
        *backup_contents.FOLDERS,
    }
    content = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for name in backing_up.KEYS:
        assert (site.home / "keys" / name).read_bytes() not in content
    assert "example.org" not in backups.quiet.with_suffix(".json").read_text(), "the side file names nobody"
