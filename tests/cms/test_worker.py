"""The worker: it does what is due, takes up what was lost, hinders nobody when something fails, and ends."""

import contextlib
import datetime
import os
import re
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import PageLogEntry

from cms import chores, following, link_tasks, tasks
from cms.follow_words import new_name
from cms.management.commands import work
from cms.models import Follow, NewsIndexPage, NewsPage
from tests import factories as make
from tests import server_process
from tests.conftest import ON_POSTGRESQL
from tests.tags import ROOT

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _by_day(monkeypatch):
    """No letters of an earlier test, and no links to check and files to make, whatever hour it is."""
    mail.outbox = []
    monkeypatch.setattr(work, "queue_files", lambda now: None)
    monkeypatch.setattr(work, "night_of", lambda now: None)


@pytest.fixture
def ask():
    """A row that waits to be confirmed, and its letter in the queue."""
    make.make_product(number=365, name_en="Anhua Dark Tea")
    row = Follow.objects.create(email="reader@example.org", kind="product", key="365", language="en", token=new_name())
    tasks.send_ask.enqueue(row.pk)
    return row


def run(**options):
    call_command("work", once=True, **options)


# --- Tasks


def test_what_is_queued_is_done(ask):
    run()
    assert len(mail.outbox) == 1
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


class Refusing:
    """A mail server that takes nothing, and says so with the address in its words."""

    def __init__(self, error):
        self.error, self.asked = error, 0

    def __call__(self, *_args, **_more):
        self.asked += 1
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (smtplib.SMTPRecipientsRefused({"reader@example.org": (550, b"no reader@example.org")}), "recipient (550)"),
        (smtplib.SMTPDataError(451, b"reader@example.org: later"), "SMTPDataError (451)"),
        (ConnectionRefusedError("reader@example.org"), "ConnectionRefusedError"),
        (smtplib.SMTPServerDisconnected("reader@example.org"), "SMTPServerDisconnected"),
    ],
)
def test_a_letter_that_fails_says_why_without_the_address(ask, monkeypatch, caplog, error, said):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", Refusing(error))
    run()
    row = DBTaskResult.objects.get()
    assert row.status == "FAILED"
    assert said in row.traceback
    assert "reader@example.org" not in row.traceback + caplog.text


def test_a_letter_that_failed_is_tried_five_times_with_longer_waits(ask, monkeypatch):
    server = Refusing(ConnectionRefusedError())
    monkeypatch.setattr("django.core.mail.EmailMessage.send", server)
    run()
    waits = []
    for _try in range(6):
        row = DBTaskResult.objects.get()
        wait = next((n for n in range(1, 400) if would_take_up(row, row.finished_at + n * MINUTE)), None)
        if wait is None:
            break
        waits.append(wait)
        assert chores.take_up_again(row.finished_at + wait * MINUTE) == 1
        run()
    assert waits == [5, 10, 20, 40]
    assert server.asked == 5


def would_take_up(row, now):
    from django.db import transaction

    with transaction.atomic():
        taken = chores.take_up_again(now)
        transaction.set_rollback(True)
    return taken


def test_what_a_killed_worker_left_is_done_again_and_the_log_says_so(ask, caplog):
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - 9 * MINUTE, worker_ids=["killed"])
    run()
    assert mail.outbox == []
    DBTaskResult.objects.update(started_at=timezone.now() - 11 * MINUTE)
    run()
    assert len(mail.outbox) == 1
    assert "may be done twice" in caplog.text


def test_a_letter_that_is_sent_again_keeps_its_name(ask):
    following.confirm(ask)
    Follow.objects.update(told_at=timezone.now() - 2 * DAY)
    make_news()
    following.queue_letters(timezone.now())
    run()
    DBTaskResult.objects.filter(task_path="cms.tasks.send_letter").update(status="READY")
    run()
    letters = [message for message in mail.outbox if "Product record amended" in message.body]
    assert len(letters) == 2
    assert len({message.message()["Message-ID"] for message in letters}) == 1
    assert letters[0].body == letters[1].body


def make_news():
    from django.db import transaction

    from gi_registry import journal
    from gi_registry.event_types import EventType
    from gi_registry.journal import Actor, Event, Subject

    with transaction.atomic():
        subject = Subject("product", "365", "安化黑茶")
        journal.record(Event(EventType.PRODUCT_AMENDED, subject, {}), by=Actor.system("tests"))


def test_old_rows_of_the_queue_are_erased_and_waiting_ones_are_not(ask):
    run()
    tasks.send_ask.enqueue(ask.pk)
    assert chores.prune(timezone.now() + 13 * DAY) == 0
    assert chores.prune(timezone.now() + 15 * DAY) == 1
    assert DBTaskResult.objects.get().status == "READY"


def test_a_chore_is_queued_once_for_its_hour():
    hour = datetime.datetime(2026, 11, 22, 18, 0, tzinfo=datetime.UTC)
    assert chores.once(link_tasks.check_links, hour)
    assert not chores.once(link_tasks.check_links, hour)
    assert chores.once(link_tasks.check_links, hour + 60 * MINUTE)


@pytest.mark.parametrize(("hour", "checks"), [(0, False), (1, True), (5, True), (6, False), (13, False)])
def test_links_are_checked_at_night(hour, checks):
    moment = datetime.datetime(2026, 11, 23, hour, 30, tzinfo=timezone.get_default_timezone())
    assert (link_tasks.night_of(moment) is not None) is checks


# --- By the clock


def test_one_chore_that_fails_hinders_no_other(ask, monkeypatch, caplog):
    def broken(*_args):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(following, "queue_letters", broken)
    Follow.objects.update(asked_at=timezone.now() - 8 * DAY)
    run()
    assert not Follow.objects.exists()
    assert "letters to followers" in caplog.text


def test_pages_are_published_and_taken_down_at_their_hour():
    call_command("create_site", verbosity=0)
    index = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    soon = NewsPage(title="定时", slug="soon", live=False, go_live_at=timezone.now() + MINUTE)
    index.add_child(instance=soon)
    soon.save_revision().publish()
    over = index.add_child(instance=NewsPage(title="过期", slug="over", expire_at=timezone.now() - MINUTE))
    run()
    soon.refresh_from_db()
    over.refresh_from_db()
    assert (soon.live, over.live) == (False, False)
    revision = soon.revisions.latest("created_at")
    revision.approved_go_live_at = timezone.now() - MINUTE
    revision.content["go_live_at"] = revision.approved_go_live_at.isoformat()
    revision.save()
    NewsPage.objects.filter(pk=soon.pk).update(go_live_at=timezone.now() - MINUTE)
    run()
    run()
    soon.refresh_from_db()
    assert soon.live
    assert PageLogEntry.objects.filter(page=soon, action="wagtail.publish.scheduled").count() == 1


def test_trying_out_a_later_time_shows_a_letter_at_once(ask):
    following.confirm(ask)
    make_news()
    run()
    mail.outbox = []
    run(as_of=(timezone.localdate() + 2 * DAY).isoformat())
    assert len(mail.outbox) == 1
    assert "Product record amended" in mail.outbox[0].body


def test_a_pretended_time_is_refused_where_it_does_harm(settings):
    for text in ("tomorrow", "2026-02-30", "2026-11-30T25:00"):
        with pytest.raises(CommandError, match="Write the time"):
            run(as_of=text)
    with pytest.raises(CommandError, match="for --once"):
        call_command("work", as_of="2026-11-30")
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not in production"):
        run(as_of="2026-11-30")


def test_the_worker_survives_a_database_that_is_away(monkeypatch, caplog):
    command = work.Command()
    looks = []

    def look(self):
        looks.append(1)
        if len(looks) == 1:
            raise RuntimeError("no database")
        self._end()

    monkeypatch.setattr(work, "LOOK", 0.01)
    monkeypatch.setattr(work, "chores_due", lambda now: None)
    monkeypatch.setattr(work.Command, "_listen", lambda *_args: None)
    monkeypatch.setattr(work.Command, "_empty_the_queue", look)
    call_command(command)
    assert len(looks) == 2
    assert "tries again" in caplog.text


# --- Real processes


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worker")
    server_process.empty_register(folder)
    return folder


def variables(home):
    return {"PATH": os.environ["PATH"], "GI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gi_registry.settings"}


def recipe():
    """What `make run` does at its end, with something that only waits in the place of the server."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    worker = re.search(r"^WORKER := \$\(MANAGE\) (.+)$", text, re.MULTILINE)[1].replace("$$", "$")
    assert "@$(WORKER) & exec $(BIN)/python -m granian" in text
    assert "$(WORKER) & exec $(MANAGE) runserver" in text
    return f"{sys.executable} manage.py {worker} & exec sleep 600"


def children_of(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(name))
    return found


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(ON_POSTGRESQL, reason="these processes have a database file of their own")
@pytest.mark.skipif(not os.path.isdir("/proc"), reason="reads the table of processes")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_worker_ends_with_the_server_however_it_ends(home, tmp_path, how):
    """Ctrl-C reaches all of a terminal's job, the other two the server alone."""
    own = tmp_path / "home"
    shutil.copytree(home, own)
    store_old_ask(own)
    output = tmp_path / "output"
    # A suite in the background may have Ctrl-C ignored, and what it starts would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with output.open("wb") as written:
        server = subprocess.Popen(
            ["sh", "-c", recipe()], env=variables(own), cwd=ROOT, stdout=written, stderr=written,
            start_new_session=True,
        )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    assert wait_for(lambda: children_of(server.pid))
    (worker,) = children_of(server.pid)
    assert wait_for(lambda: asks(own) == 0), output.read_text()
    if how == signal.SIGINT:
        os.killpg(server.pid, how)
    else:
        os.kill(server.pid, how)
    server.wait(10)
    assert wait_for(lambda: not is_there(worker), 15), "the worker stayed behind"
    assert output.read_text() == ""


def store_old_ask(home):
    """Something that nobody confirmed in years: the worker erases it in its first round."""
    with contextlib.closing(sqlite3.connect(home / "register.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO cms_follow (email, kind, key, language, rhythm, token, asked_at, told_until)"
            " VALUES ('a@example.org', 'news', '', 'en', 'daily', 'x', '2020-01-01 00:00:00', 0)"
        )


def asks(home):
    with contextlib.closing(sqlite3.connect(home / "register.sqlite3", timeout=20)) as database:
        return database.execute("SELECT count(*) FROM cms_follow").fetchone()[0]


@pytest.mark.skipif(ON_POSTGRESQL, reason="these processes have a database file of their own")
def test_a_worker_whose_server_never_was_ends_by_itself(home):
    gone = subprocess.Popen(["true"])
    gone.wait()
    command = [sys.executable, "manage.py", "work", "--beside", str(gone.pid)]
    assert subprocess.run(command, env=variables(home), cwd=ROOT, timeout=60).returncode == 0
