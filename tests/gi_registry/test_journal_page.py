"""The public journal: what happened, to what, and how to tell that nothing was rewritten."""

import hashlib
import json

import pytest
from django.db import transaction

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import JournalEntry, JournalHead

pytestmark = pytest.mark.django_db


def write(*subjects: Subject, type=EventType.PRODUCT_ENTERED) -> None:
    with transaction.atomic():
        journal.record_all([Event(type, subject, {}) for subject in subjects], by=Actor.system("test"))


TEA = Subject("product", "365", "安化黑茶")
RIGHT = Subject("right", "GI00365", "安化黑茶 (GI00365)", "product", "365")
RICE = Subject("product", "366", "某米")
LIST = Subject("source_list", "sources.csv", "sources.csv")


def sequences(client, query: str = "") -> list[int]:
    return [entry.sequence for entry in client.get(f"/en/log/{query}").context["page"]]


def test_entries_are_told_newest_first_with_links_to_their_subjects(client):
    write(TEA, LIST)
    write(RIGHT, type=EventType.RIGHT_ENTERED)

    html = client.get("/en/log/").content.decode()

    assert sequences(client) == [3, 2, 1]
    assert "Product entered in the register" in html
    assert html.count('href="/en/products/365/"') == 2
    assert "sources.csv" in html
    assert "The register itself" in html or "the register itself" in html


def test_the_head_is_shown_whole_and_entries_by_the_start_of_their_hash(client):
    write(TEA)
    entry = JournalEntry.objects.get()

    html = client.get("/en/log/").content.decode()

    assert f'<p class="code-block code">{entry.hash}</p>' in html
    assert JournalHead.objects.get().hash == entry.hash
    assert f"{entry.hash[:10]}…" in html
    assert "verify_journal" in html


def test_a_subject_shows_its_own_entries_and_those_of_what_belongs_to_it(client):
    write(TEA, RIGHT, RICE)

    assert sequences(client, "?subject=product:365") == [2, 1]
    assert sequences(client, "?subject=right:GI00365") == [2]


def test_the_kind_of_event_narrows_the_list(client):
    write(TEA)
    write(RIGHT, type=EventType.RIGHT_ENTERED)

    assert sequences(client, "?type=right.entered") == [2]
    assert sequences(client, "?type=right.entered&subject=product:365") == [2]


@pytest.mark.parametrize(
    "query", ["type=nonsense", "subject=365", "subject=product:%00", "subject=" + "x" * 5000]
)
def test_wrong_filters_are_ignored_with_a_notice(client, query):
    write(TEA)

    response = client.get(f"/en/log/?{query}")

    assert response.status_code == 200
    assert "was ignored" in response.content.decode()
    assert len(response.context["page"].object_list) == 1


def test_a_subject_without_entries_says_so(client):
    write(TEA)

    html = client.get("/en/log/?subject=product:1").content.decode()

    assert "No entry fits" in html


def test_a_reference_that_fits_no_address_is_shown_without_link(client):
    write(Subject("product", "not a number", "旧记录"))

    html = client.get("/en/log/").content.decode()

    assert '<span lang="zh-Hans">旧记录</span>' in html


def test_an_empty_journal_is_a_page_too(client):
    assert client.get("/en/log/").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(client, number, django_assert_num_queries):
    write(*[Subject("product", str(index), f"茶{index}") for index in range(number)])

    with django_assert_num_queries(3):
        client.get("/en/log/")


def test_anybody_can_recompute_the_chain_from_the_file(client):
    """With nothing but the standard library, as docs/journal.md shows it."""
    write(TEA, LIST)
    write(RIGHT, type=EventType.RIGHT_ENTERED)
    content = json.loads(client.get("/log/?format=json").getvalue())
    previous = "0" * 64
    for entry in content["rows"]:
        found = entry.pop("hash")
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert entry["previous_hash"] == previous
        assert hashlib.sha256(text.encode()).hexdigest() == found
        previous = found
    assert (len(content["rows"]), previous) == (3, JournalHead.objects.get().hash)


def test_the_file_follows_the_filter(client):
    write(TEA, RICE)
    rows = json.loads(client.get("/log/?format=json&subject=product:366").getvalue())["rows"]
    assert [row["subject_id"] for row in rows] == ["366"]
