"""What holds only between real processes: two writers at once, and a process killed half-way."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests import server_process
from tests.conftest import ON_POSTGRESQL

pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="these processes have a database file of their own")

RACE = """
import django; django.setup()
from django.db import transaction
from gi_registry import journal
from gi_registry.journal import Actor, Event, Subject
for number in range(40):
    with transaction.atomic():
        subject = Subject("product", str(number), "安化黑茶")
        journal.record(Event(journal.EventType.PRODUCT_ENTERED, subject, {}), by=Actor.system("race"))
"""


def variables(home):
    return {"PATH": os.environ["PATH"], "GI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gi_registry.settings"}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A register with empty tables, to be copied."""
    home = tmp_path_factory.mktemp("migrated")
    server_process.empty_register(home)
    return home


@pytest.fixture
def environment(tmp_path, migrated):
    """Variables of a register of the test's own."""
    home = tmp_path / "home"
    shutil.copytree(migrated, home)
    return variables(home)


def manage(environment, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_three_processes_write_one_journal(environment):
    writers = [subprocess.Popen([sys.executable, "-c", RACE], env=environment) for _ in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    assert "The journal is whole: 120 entries" in manage(environment, "verify_journal")


def test_a_load_killed_half_way_leaves_nothing_and_the_next_one_works(environment):
    database = os.path.join(environment["GI_HOME"], "register.sqlite3-wal")
    command = [sys.executable, "manage.py", "load_reference"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as load:
        for line in load.stdout:
            if "products:" in line:  # divisions, sources and announcements are written by now
                break
        load.send_signal(signal.SIGKILL)
    assert load.returncode == -signal.SIGKILL
    assert os.path.exists(database)
    assert "The journal is whole: 0 entries" in manage(environment, "verify_journal")
    assert "1341 added, 0 changed, 0 unchanged" in manage(environment, "load_reference")
    assert "rules hold for all rows" in manage(environment, "check_register")


def test_a_second_load_at_the_same_time_finds_nothing_left_to_do(environment):
    command = [sys.executable, "manage.py", "load_reference"]
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    second = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    outputs = [first.communicate(timeout=120)[0], second.communicate(timeout=120)[0]]
    assert [first.returncode, second.returncode] == [0, 0]
    assert sorted("1341 added" in output for output in outputs) == [False, True]
    assert "The journal is whole: 44" in manage(environment, "verify_journal")
