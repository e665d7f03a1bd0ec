"""Copy signals at the desk: the queue pooled by batch, the evidence, decisions and what they change for the public."""

import datetime
import html
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import copy_signals, signal_evidence, signal_facts
from enterprises.label_states import RecallGround, SignalKind, SignalState
from enterprises.models import Enterprise
from enterprises.scan_models import CopySignal, Scan, ScannedLabel, SuspectReport, label_key
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from tests.case_world import make_world
from tests.label_world import code_of, make_labels

pytestmark = pytest.mark.django_db
KINDS = list(SignalKind)


@pytest.fixture
def found():
    return make_labels()


@pytest.fixture
def batch(found):
    return found.batch(100, active=(1, 60))


def signed_in(found, name):
    user, client = found.world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))
    return text.replace("\u202f", " ")


def now():
    return int(time.time()) // 60


def signal(batch, index=37, kind=SignalKind.TWO_PROVINCES, **values):
    return CopySignal.objects.create(batch=batch, label=label_key(batch.pk, index), kind=kind, **values)


def scans(batch, index, *rows):
    """Rows of (province, visitor, hours ago); what is told of the label is the sum of them."""
    label, minutes = label_key(batch.pk, index), []
    for province, visitor, hours in rows:
        minutes.append(now() - hours * 60)
        Scan.objects.create(label=label, visitor=visitor, minute=minutes[-1], province=province, device="phone")
    ScannedLabel.objects.create(
        label=label, first_minute=min(minutes), last_minute=max(minutes), count=len(rows), province=rows[0][0],
        several=True, warned_until=now() + 1000,
    )  # fmt: skip
    return label


TWO_PLACES = [("43", 1, 50), ("43", 2, 49), ("43", 2, 20), ("11", 3, 2), ("11", 4, 1), ("00", 5, 1), ("", 6, 1)]


def step_of(row, name):
    return address("desk_signal_step", row.pk, name)


def decide(found, row, name, text="There is a reason.", by="reviewer"):
    return signed_in(found, by).post(step_of(row, name), {"text": text})


# --- The queue ---


def test_the_queue_pools_signals_by_batch(found, batch):
    for index in range(1, 8):
        signal(batch, index)
    signal(batch, 7, SignalKind.MANY_VISITORS)
    words = text_of(signed_in(found, "reviewer").get(address("desk_signals")))
    assert "1 batch with signals" in words
    assert "7 labels; first noticed" in words
    assert "Two provinces 7" in words
    assert "Many people 1" in words
    assert "All 8 signals" in words
    assert words.count("to be looked at") == signal_facts.SHOWN


def test_of_many_signals_of_a_batch_the_public_ones_are_shown_first(found, batch):
    public = signal(batch, 1)
    others = [signal(batch, index, SignalKind.MANY_VISITORS) for index in range(2, 9)]
    page = signed_in(found, "reviewer").get(address("desk_signals")).content.decode()
    assert address("desk_signal", public.pk) in page
    assert sum(address("desk_signal", other.pk) in page for other in others) == signal_facts.SHOWN - 1


def test_what_the_public_is_told_of_stands_first(found, batch):
    other, third = found.batch(10), found.batch(10)
    signal(batch, 1, SignalKind.STOPPED)
    signal(other, 1, SignalKind.TWO_PROVINCES)
    signal(third, 1, SignalKind.NOT_ON_SALE)
    page = signed_in(found, "reviewer").get(address("desk_signals")).content.decode()
    places = [page.index(f">{row.reference}<") for row in (other, third, batch)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({}, {1, 2}), ({"view": "watched"}, {2}), ({"view": "dismissed"}, {3}), ({"view": "any"}, {1, 2, 3}),
        ({"kind": "not_on_sale"}, {2}), ({"q": "heicha"}, {1, 2}), ({"q": "nothing"}, set()),
        ({"view": "nonsense"}, {1, 2}), ({"batch": "LBNOTHING0"}, {1, 2}), ({"batch": "\0"}, {1, 2}),
    ],
)  # fmt: skip
def test_the_queue_is_narrowed(found, batch, query, hits):
    rows = {
        1: signal(batch, 1),
        2: signal(batch, 2, SignalKind.NOT_ON_SALE, state=SignalState.WATCHED),
        3: signal(batch, 3, state=SignalState.DISMISSED),
    }
    page = signed_in(found, "reviewer").get(address("desk_signals"), query).content.decode()
    assert {number for number, row in rows.items() if address("desk_signal", row.pk) in page} == hits


def test_all_signals_of_a_batch_are_listed(found, batch):
    other = signal(found.batch(10), 1)
    rows = [signal(batch, index) for index in range(1, 9)]
    page = signed_in(found, "reviewer").get(address("desk_signals"), {"batch": batch.reference}).content.decode()
    assert all(address("desk_signal", row.pk) in page for row in rows)
    assert address("desk_signal", other.pk) not in page


def test_the_queue_asks_the_same_number_of_questions_however_long_it_is(found, batch):
    client, numbers = signed_in(found, "reviewer"), []
    signal(batch, 1)
    client.get(address("desk_signals"))
    for _each in range(2):
        for index, kind in enumerate(KINDS, 50):
            signal(found.batch(60), index, kind)
        with CaptureQueriesContext(connection) as asked:
            client.get(address("desk_signals"))
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


# --- One signal ---


def test_the_page_shows_where_and_when_the_label_was_scanned(found, batch):
    scans(batch, 37, *TWO_PLACES)
    words = text_of(signed_in(found, "reviewer").get(address("desk_signal", signal(batch).pk)))
    for line in ("Beijing 2 2", "Hunan 2 3", "abroad 1 1", "not known 1 1"):
        assert line in words
    assert "Scans since then 7" in words
    assert "Public warning stands until" in words


def test_the_page_says_what_a_signal_is_not_and_what_comes_next(found, batch):
    words = text_of(signed_in(found, "reviewer").get(address("desk_signal", signal(batch).pk)))
    assert "A copied code is a valid code" in words
    assert "never the person" in words
    assert "Write to the enterprise" in words
    assert code_of(batch, 37)[:4] in words


def test_a_day_belongs_to_the_time_zone_of_the_register(found, batch):
    row, label = signal(batch), label_key(batch.pk, 37)
    late = datetime.datetime(2026, 3, 1, 23, 30, tzinfo=timezone.get_current_timezone())
    for number in range(2):  # half an hour before and after midnight
        minute = int(late.timestamp()) // 60 + number * 60
        Scan.objects.create(label=label, visitor=number, minute=minute, province="43")
    days = signal_evidence.evidence(row).days
    assert [(day.on.isoformat(), day.scans, day.places) for day in days] == [
        ("2026-03-01", 1, "Hunan 1"), ("2026-03-02", 1, "Hunan 1")
    ]  # fmt: skip


def test_the_timeline_leaves_room_for_days_without_a_scan():
    first = datetime.date(2026, 3, 1)
    days = [signal_evidence.Day(first + datetime.timedelta(days=n), scans, 1, "") for n, scans in ((0, 50), (20, 1))]
    drawn = signal_evidence.timeline(days, first + datetime.timedelta(days=30))
    assert [(bar.x // 12, bar.height) for bar in drawn.bars] == [(0, 100), (20, 3)]
    assert drawn.width == 31 * 12
    assert drawn.last == first + datetime.timedelta(days=30)


def test_the_evidence_asks_the_same_number_of_questions_however_many_scans_there_are(found, batch):
    row, client, numbers = signal(batch), signed_in(found, "reviewer"), []
    scans(batch, 37, *TWO_PLACES)
    client.get(address("desk_signal", row.pk))
    for part in range(2):
        for number in range(40):
            Scan.objects.create(
                label=row.label, visitor=100 * part + number, minute=now() - number * 999, province="44"
            )
        with CaptureQueriesContext(connection) as asked:
            client.get(address("desk_signal", row.pk))
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


def test_the_page_names_other_signals_and_reports_of_the_batch(found, batch):
    row, other = signal(batch), signal(batch, 40, SignalKind.MANY_VISITORS)
    SuspectReport.objects.create(
        reference="R1", nonce="00000000-0000-0000-0000-000000000001", token_sha256="1", suspicion="imitation",
        batch=batch, text="Secret words of a shopper", contact="13800000000", division=found.world.elsewhere,
    )  # fmt: skip
    words = text_of(signed_in(found, "reviewer").get(address("desk_signal", row.pk)))
    assert "Label 40" in words
    assert address("desk_signal", other.pk) in signed_in(found, "reviewer").get(
        address("desk_signal", row.pk)
    ).content.decode()
    assert "A name, mark or pack that imitates" in words
    # It was bought elsewhere: its text is for the officials of that place.
    assert "with officials elsewhere" in words
    assert "Secret words" not in words
    assert "13800000000" not in words


def test_a_label_without_kept_scans_has_a_page_as_well(found, batch):
    row = signal(batch, 90, SignalKind.NOT_ON_SALE)
    words = text_of(signed_in(found, "reviewer").get(address("desk_signal", row.pk)))
    assert "No single scans are kept any more" in words
    assert "Not yet activated" in words


# --- Decisions ---


def test_a_dismissal_ends_the_public_warning(found, batch):
    label, row = scans(batch, 37, *TWO_PLACES), signal(batch)
    before = now()
    assert decide(found, row, "dismiss", "A shop in Beijing sells it online.").status_code == 302
    row.refresh_from_db()
    seen = ScannedLabel.objects.get(label=label)
    assert row.state == SignalState.DISMISSED
    assert seen.warned_until == 0
    assert seen.cleared_at >= before
    words = text_of(signed_in(found, "reviewer").get(address("desk_signal", row.pk)))
    assert "A shop in Beijing sells it online." in words
    assert "Public warning does not stand" in words
    assert "Copy signal dismissed" in words


@pytest.mark.parametrize("state", [SignalState.OPEN, SignalState.WATCHED, SignalState.CASE])
def test_the_warning_stays_while_something_else_speaks_against_the_label(found, batch, state):
    label, row = scans(batch, 37, *TWO_PLACES), signal(batch, kind=SignalKind.MANY_VISITORS)
    signal(batch, state=state)
    assert "a warning on its public page stays" in text_of(signed_in(found, "reviewer").get(step_of(row, "dismiss")))
    assert decide(found, row, "dismiss").status_code == 302
    assert ScannedLabel.objects.get(label=label).warned_until > now()


def test_a_signal_is_watched_and_then_becomes_a_case_and_both_reasons_stay(found, batch):
    label, row = scans(batch, 37, *TWO_PLACES), signal(batch)
    assert decide(found, row, "watch", "Wait for the fair to end.").status_code == 302
    row.refresh_from_db()
    assert row.state == SignalState.WATCHED
    assert decide(found, row, "open_case", "Packs without a batch number were found.", by="officer").status_code == 302
    row.refresh_from_db()
    assert row.state == SignalState.CASE
    assert "Wait for the fair to end." in row.decision
    assert "Packs without a batch number" in row.decision
    assert ScannedLabel.objects.get(label=label).warned_until > now()  # a case warns on


def test_the_journal_keeps_the_label_and_the_reason_to_itself(found, batch):
    row = signal(batch)
    copy_signals.dismiss(row, by=found.world.actor("reviewer"), text="Seen at a fair")
    entry = JournalEntry.objects.get(event_type="copy_signal.dismissed")
    assert (entry.parent_kind, entry.parent_id) == ("label_batch", batch.reference)
    assert "Seen at a fair" not in str(entry.payload)
    assert set(entry.payload) == {"move", "from", "to", "text_sha256"}
    assert str(row.label) not in entry.subject_id + entry.subject_label + str(entry.payload)


def test_a_recall_from_a_signal_stops_the_batch_and_settles_its_signals(found, batch):
    row, other = signal(batch), signal(batch, 3, SignalKind.MANY_VISITORS)
    words = text_of(signed_in(found, "reviewer").get(step_of(row, "recall")))
    assert "Batch of 100 labels" in words
    assert decide(found, row, "recall", "Copies in three shops.").status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.recall_ground) == ("recalled", RecallGround.COPIED)
    assert set(CopySignal.objects.values_list("pk", "state")) == {(row.pk, "recalled"), (other.pk, "recalled")}
    assert signed_in(found, "reviewer").get(step_of(row, "recall")).status_code == 302  # it is over


@pytest.mark.parametrize("name", ["dismiss", "watch", "open_case", "recall"])
@pytest.mark.parametrize("text", ["", "  ", "w" * 901])
def test_without_a_fitting_reason_nothing_happens(found, batch, name, text):
    row = signal(batch)
    response = decide(found, row, name, text)
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert text.strip() in response.content.decode()
    row.refresh_from_db()
    batch.refresh_from_db()
    assert (row.state, batch.state) == ("open", "issued")


def test_of_two_decisions_the_second_is_told_and_its_words_are_kept(found, batch):
    row = signal(batch)
    assert decide(found, row, "open_case").status_code == 302
    response = decide(found, row, "dismiss", "Mine, too.")
    assert response.status_code == 409
    assert "Mine, too." in response.content.decode()
    row.refresh_from_db()
    assert row.state == SignalState.CASE


def test_a_decision_on_what_was_decided_meanwhile_clears_nothing(found, batch):
    label, row = scans(batch, 37, *TWO_PLACES), signal(batch)
    stale = CopySignal.objects.get(pk=row.pk)
    copy_signals.open_case(row, by=found.world.actor("reviewer"), text="Fakes.")
    with pytest.raises(MoveRefused) as refused:
        copy_signals.dismiss(stale, by=found.world.actor("approver"), text="An explanation.")
    assert refused.value.code == "someone_was_faster"
    assert ScannedLabel.objects.get(label=label).warned_until > now()


def test_looking_at_a_step_changes_nothing(found, batch):
    row, before = signal(batch), JournalEntry.objects.count()
    client = signed_in(found, "approver")
    for name in ("dismiss", "watch", "open_case", "recall"):
        assert client.get(step_of(row, name)).status_code == 200
    assert JournalEntry.objects.count() == before
    assert client.get(step_of(row, "nonsense")).status_code == 404


# --- Counted publicly ---


def test_outcomes_are_counted_by_kind_as_they_were_on_a_day():
    found = make_labels(world=make_world(demo=False))
    batch, today = found.batch(100), timezone.localdate()
    row = signal(batch, 1)
    signal(batch, 2)
    signal(batch, 3, SignalKind.STOPPED)
    copy_signals.dismiss(row, by=found.world.actor("reviewer"), text="A fair.")
    counts = signal_facts.public_counts(today)
    assert counts[SignalState.DISMISSED][SignalKind.TWO_PROVINCES] == 1
    assert counts[SignalState.OPEN][SignalKind.TWO_PROVINCES] == 1
    assert counts[SignalState.OPEN][SignalKind.STOPPED] == 1
    assert sum(sum(kinds.values()) for kinds in counts.values()) == 3
    yesterday = today - datetime.timedelta(days=1)
    assert sum(sum(kinds.values()) for kinds in signal_facts.public_counts(yesterday).values()) == 0
    CopySignal.objects.update(noticed_at=timezone.now() - datetime.timedelta(days=1))
    assert signal_facts.public_counts(yesterday)[SignalState.OPEN][SignalKind.TWO_PROVINCES] == 2


def test_demonstration_signals_are_not_counted(found, batch):
    assert Enterprise.objects.get(pk=found.authorisation.enterprise_id).is_demo
    signal(batch)
    assert sum(sum(kinds.values()) for kinds in signal_facts.public_counts(timezone.localdate()).values()) == 0


# --- Who sees and does what ---


@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_officials_read_the_signals_of_their_territory(found, batch, name):
    row, client = signal(batch), signed_in(found, name)
    assert batch.reference in text_of(client.get(address("desk_signals")))
    assert "A copied code is a valid code" in text_of(client.get(address("desk_signal", row.pk)))


@pytest.mark.parametrize("name", ["reviewer_elsewhere", "approver_elsewhere", "owner", "outsider", "editor"])
def test_others_find_nothing(found, batch, name):
    row, client = signal(batch), signed_in(found, name)
    for query in ({}, {"batch": batch.reference}, {"view": "any"}):
        index = client.get(address("desk_signals"), query)
        assert index.status_code == 404 or address("desk_signal", row.pk) not in index.content.decode()
    assert client.get(address("desk_signal", row.pk)).status_code == 404
    for step in ("dismiss", "watch", "open_case", "recall"):
        assert client.get(step_of(row, step)).status_code == 404
        assert client.post(step_of(row, step), {"text": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.state == SignalState.OPEN


def test_an_auditor_reads_and_changes_nothing(found, batch):
    row, client = signal(batch), signed_in(found, "auditor")
    page = client.get(address("desk_signal", row.pk))
    assert "What you can do now" not in text_of(page)
    assert code_of(batch, 37)[:4] not in text_of(page)
    for step in ("dismiss", "watch", "open_case", "recall"):
        assert client.get(step_of(row, step)).status_code == 404
        assert client.post(step_of(row, step), {"text": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.state == SignalState.OPEN


def test_an_officer_decides_on_signals_but_recalls_no_batch(found, batch):
    row, client = signal(batch), signed_in(found, "officer")
    page = client.get(address("desk_signal", row.pk)).content.decode()
    assert step_of(row, "dismiss") in page
    assert step_of(row, "recall") not in page
    assert client.post(step_of(row, "recall"), {"text": "x"}).status_code == 404
    batch.refresh_from_db()
    assert batch.state == "issued"


@pytest.mark.parametrize("name", ["reviewer_elsewhere", "auditor", "owner"])
@pytest.mark.parametrize("writer", [copy_signals.dismiss, copy_signals.watch, copy_signals.open_case])
def test_the_writer_itself_refuses_who_may_not(found, batch, name, writer):
    label, row = scans(batch, 37, *TWO_PLACES), signal(batch)
    with pytest.raises(MoveRefused) as refused:
        writer(row, by=found.world.actor(name), text="x")
    assert refused.value.code == "not_permitted"
    assert ScannedLabel.objects.get(label=label).warned_until > now()


def test_pages_speak_chinese_too(found, batch):
    scans(batch, 37, *TWO_PLACES)
    row, client = signal(batch), signed_in(found, "approver")
    with translation.override("zh-hans"):
        for name, args in (("desk_signals", []), ("desk_signal", [row.pk]), ("desk_signal_step", [row.pk, "dismiss"])):
            page = client.get(reverse(f"enterprises:{name}", args=args)).content.decode()
            assert 'lang="zh-Hans"' in page
        assert "湖南" in client.get(reverse("enterprises:desk_signal", args=[row.pk])).content.decode()
