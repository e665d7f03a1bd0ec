"""Many workers at the same moment: one letter to each reader, one row for each chore of an hour."""

import datetime

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cms import chores, follow_facts, following, link_tasks
from cms.follow_words import new_name
from cms.models import Follow
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from tests import factories as make
from tests import races
from tests.enterprises.conftest import race_database, race_template  # noqa: F401

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MONDAY = datetime.datetime(2026, 11, 22, 23, 5, tzinfo=datetime.UTC)  # 7:05 in China, on Monday
READERS = 5


@pytest.fixture
def readers(race_database):  # noqa: F811
    """Some readers of a product of which there is news."""
    mail.outbox = []
    make.make_product(number=365, name_en="Anhua Dark Tea")
    before = MONDAY - datetime.timedelta(days=1)
    for number in range(READERS):
        Follow.objects.create(
            email=f"reader{number}@example.org", kind="product", key="365", language="en", token=new_name(),
            confirmed_at=before, told_at=before,
        )  # fmt: skip
    with transaction.atomic():
        subject = Subject("product", "365", "安化黑茶")
        journal.record(Event(EventType.PRODUCT_AMENDED, subject, {}), by=Actor.system("tests"))


def test_workers_at_once_queue_one_letter_to_each(readers):
    outcome = races.at_once([lambda: following.queue_letters(MONDAY)] * 6)
    assert outcome.errors == []
    assert sum(outcome.results) == READERS
    rows = [str(row) for row in DBTaskResult.objects.values_list("args_kwargs", flat=True)]
    assert len(set(rows)) == len(rows) == READERS


def test_workers_at_once_send_each_letter_once(readers):
    following.queue_letters(MONDAY)
    outcome = races.at_once([lambda: call_command("work", "--once", "--as-of", "2000-01-01")] * 3)
    assert outcome.errors == []
    addresses = [f"reader{number}@example.org" for number in range(READERS)]
    assert sorted(message.to[0] for message in mail.outbox) == addresses


def test_many_windows_ask_for_one_row(readers):
    followed = follow_facts.find("product", "365")

    def ask():
        following.ask(followed, email="new@example.org", rhythm="daily", language="en")

    outcome = races.at_once([ask] * 8)
    assert outcome.errors == []
    assert Follow.objects.filter(email="new@example.org").count() == 1


def test_workers_at_once_queue_a_chore_of_an_hour_once(readers):
    outcome = races.at_once([lambda: chores.once(link_tasks.check_links, MONDAY)] * 6)
    assert outcome.errors == []
    assert sum(outcome.results) == 1
    assert DBTaskResult.objects.count() == 1


def test_a_letter_that_a_killed_worker_left_is_taken_up_by_one(readers):
    following.queue_letters(MONDAY)
    started = timezone.now() - datetime.timedelta(minutes=11)
    DBTaskResult.objects.update(status="RUNNING", started_at=started, worker_ids=["killed"])
    outcome = races.at_once([lambda: chores.take_up_again(timezone.now())] * 4)
    assert outcome.errors == []
    assert sum(outcome.results) == READERS
