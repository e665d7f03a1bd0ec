"""The feed of changes: the journal after an entry, without gaps, whatever is written meanwhile."""

import hashlib

import pytest
import rfc8785
from django.db import transaction
from rest_framework.test import APIClient

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import JournalEntry

pytestmark = pytest.mark.django_db
TEA, RICE = Subject("product", "365", "安化黑茶"), Subject("product", "366", "某米")
RIGHT = Subject("right", "GI00365", "安化黑茶 (GI00365)", "product", "365")


def write(*subjects, type=EventType.PRODUCT_ENTERED):
    with transaction.atomic():
        events = [Event(type, subject, {"name_zh": [None, "安化黑茶"]}) for subject in subjects]
        journal.record_all(events, by=Actor.system("test"))


def ask(query="", **headers):
    return APIClient().get(f"/api/v1/changes/{query}", headers=headers)


def sequences(answer):
    return [one["entry"]["sequence"] for one in answer.json()["results"]]


def follow(answer):
    return APIClient().get(answer.json()["next"].removeprefix("http://127.0.0.1:8000"))


def test_a_copy_that_follows_the_links_gets_every_entry_once_and_can_prove_it():
    write(TEA, RICE, RIGHT, TEA, RICE)
    answer, previous, seen = ask("?limit=2"), journal.GENESIS, []
    while True:
        for one in answer.json()["results"]:
            entry = dict(one["entry"])
            told = entry.pop("hash")
            assert entry["previous_hash"] == previous
            assert hashlib.sha256(rfc8785.dumps(entry)).hexdigest() == told
            previous = told
        seen += sequences(answer)
        if not answer.json()["more"]:
            break
        answer = follow(answer)
    assert seen == [1, 2, 3, 4, 5]
    assert previous == answer.json()["journal"]["hash"]

    assert sequences(follow(answer)) == []
    write(TEA)
    assert sequences(follow(answer)) == [6], "the last address goes on when there is something new"


def test_a_filter_moves_on_past_what_it_leaves_out():
    write(TEA, RICE)
    write(RIGHT, type=EventType.RIGHT_ENTERED)
    by_type = ask("?type=right.entered&type=right.amended")
    assert sequences(by_type) == [3]
    assert sequences(ask("?subject=product:365")) == [1, 3]
    assert ask("?type=right.amended").json()["until"] == 3
    write(RIGHT, type=EventType.RIGHT_AMENDED)
    assert sequences(follow(by_type)) == [4]


def test_each_entry_leads_to_the_page_of_its_subject_in_any_language():
    write(TEA, RIGHT, Subject("source_list", "a.csv", "a.csv"))
    addresses = [one["address"] for one in ask(**{"accept-language": "en"}).json()["results"]]
    assert addresses == ["http://127.0.0.1:8000/products/365/"] * 2 + [None]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("since=-1", "since"), ("since=abc", "since"), ("since=１", "since"), ("since=" + "9" * 19, "since"),
        ("limit=0", "limit"), ("limit=1001", "limit"), ("type=product.eaten", "type"), ("subject=365", "subject"),
        ("subject=product:3 65", "subject"), ("from=3", "from"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_a_problem_with_a_sentence(query, name):
    answer = ask(f"?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][name][0]


def test_what_has_not_changed_is_not_sent_again():
    write(TEA)
    tag = ask()["ETag"]
    assert ask(**{"if-none-match": tag}).status_code == 304
    write(RICE)
    assert ask(**{"if-none-match": tag}).status_code == 200


def test_the_number_of_queries_is_the_same_for_one_entry_as_for_many(django_assert_max_num_queries):
    write(*[TEA] * 60)
    for limit in (1, 60):
        with django_assert_max_num_queries(3):
            assert len(sequences(ask(f"?limit={limit}"))) == limit


def test_beyond_the_end_there_is_nothing_and_the_end_is_told():
    write(TEA)
    answer = ask("?since=9000").json()
    assert (answer["results"], answer["until"], answer["journal"]["sequence"]) == ([], 9000, 1)
    assert JournalEntry.objects.count() == 1
