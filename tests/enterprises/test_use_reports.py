"""Yearly use reports: who writes and decides, versions, the ledger, two at once, and what the journal holds."""

import datetime
import json
import re
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from enterprises import labels, use_checks, use_reports
from enterprises.label_states import RecallGround
from enterprises.models import Authorisation, Membership
from enterprises.use_models import UseReport, reporting, years_of
from enterprises.use_states import EDITABLE, USE_MOVES, UseState
from gi_registry.models import JournalEntry, RoleAssignment
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from tests import factories as make
from tests.case_world import ROLES, make_world
from tests.label_world import make_labels
from tests.use_world import FIGURES, LAST_YEAR, SINCE, long_ago, make_report, standing

pytestmark = pytest.mark.django_db
THIS_YEAR = LAST_YEAR + 1


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def row(world):
    return standing(world)


def begin(world, row, year=LAST_YEAR, *, by="owner", nonce=None):
    return use_reports.start(row, year=year, by=world.actor(by), nonce=nonce or uuid.uuid4())


def code_of(call, *args, **values):
    with pytest.raises(MoveRefused) as refused, transaction.atomic():
        call(*args, **values)
    return refused.value.code


# --- The whole way ---


def test_a_report_is_written_submitted_and_accepted(world, row):
    report = begin(world, row)
    assert (report.version, report.state, report.standard) == (1, UseState.DRAFT, "GB/T 32719")
    use_reports.save_draft(report, by=world.actor("colleague"), edits=0, output=1000, unit="kg")
    use_reports.save_draft(report, by=world.actor("owner"), edits=1, output_value=50, labels_used=0)
    use_reports.submit(report, by=world.actor("owner"), edits=2)
    assert report.submitted_on == timezone.localdate()
    use_reports.accept(report, by=world.actor("reviewer"), edits=2)
    stored = UseReport.objects.get()
    assert (stored.state, stored.output, stored.output_value) == (UseState.ACCEPTED, 1000, 50)
    assert stored.decided_on == timezone.localdate()


def test_a_returned_report_is_corrected_in_the_same_version(world, row):
    report = make_report(world, row, state=UseState.RETURNED)
    assert report.decision == "The unit seems to be wrong."
    use_reports.save_draft(report, by=world.actor("owner"), edits=report.edits, unit="l")
    use_reports.submit(report, by=world.actor("owner"), edits=report.edits)
    assert (report.version, report.state, report.unit) == (1, UseState.SUBMITTED, "l")


def test_a_correction_begins_with_the_accepted_figures_and_replaces_them_when_it_is_accepted(world, row):
    first = make_report(world, row, output_value=700, explanation="Old reason", labels_used=5)
    second = begin(world, row)
    assert (second.version, second.output_value, second.labels_used) == (2, 700, 5)
    assert second.explanation == ""  # what differs now has to be explained now
    use_reports.save_draft(second, by=world.actor("owner"), edits=0, output_value=800, explanation="Miscounted")
    use_reports.submit(second, by=world.actor("owner"), edits=1)
    first.refresh_from_db()
    assert first.state == UseState.ACCEPTED  # it counts until the newer one does
    use_reports.accept(second, by=world.actor("reviewer"), edits=1)
    first.refresh_from_db()
    assert (first.state, first.output_value) == (UseState.REPLACED, 700)
    assert UseReport.objects.get(state=UseState.ACCEPTED).output_value == 800


@pytest.mark.parametrize("state", UseState)
@pytest.mark.parametrize("name", ["submit", "accept", "return"])
def test_every_move_in_every_state(world, row, state, name):
    report = make_report(world, row, state=state)
    move = next(one for one in USE_MOVES if one.name == name)
    calls = {
        "submit": lambda: use_reports.submit(report, by=world.actor("owner"), edits=report.edits),
        "accept": lambda: use_reports.accept(report, by=world.actor("reviewer"), edits=report.edits),
        "return": lambda: use_reports.return_(report, by=world.actor("reviewer"), edits=report.edits, text="Why"),
    }
    if state in move.sources:
        calls[name]()
        assert report.state == move.target
    else:
        assert code_of(calls[name]) == "wrong_state"
        report.refresh_from_db()
        assert report.state == state
        assert UseReport.objects.filter(state=UseState.ACCEPTED).count() == (
            1 if state in (UseState.ACCEPTED, UseState.REPLACED) else 0
        )


@pytest.mark.parametrize("state", UseState)
def test_figures_change_only_while_the_report_is_with_the_enterprise(world, row, state):
    report = make_report(world, row, state=state)
    if state in EDITABLE:
        use_reports.save_draft(report, by=world.actor("owner"), edits=report.edits, output=7)
        assert UseReport.objects.get(pk=report.pk).output == 7
    else:
        call = code_of(use_reports.save_draft, report, by=world.actor("owner"), edits=report.edits, output=7)
        assert call == "someone_was_faster"
        assert UseReport.objects.get(pk=report.pk).output == FIGURES["output"]


def test_the_office_cannot_be_written_into_by_the_form(world, row):
    report = begin(world, row)
    with pytest.raises(TypeError):
        use_reports.save_draft(report, by=world.actor("owner"), edits=0, state=UseState.ACCEPTED)
    assert UseReport.objects.get().state == UseState.DRAFT


# --- Years ---


@pytest.mark.parametrize("year", [1999, 2014, THIS_YEAR + 1])
def test_a_year_in_which_the_authorisation_did_not_stand_has_no_report(world, row, year):
    assert code_of(begin, world, row, year) == "other_year"
    assert not UseReport.objects.exists()


@pytest.mark.parametrize(
    ("ends", "last"),
    [("2020-01-01", 2019), ("2020-01-02", 2020), ("2020-12-31", 2020), ("2021-01-01", 2020)],
)
def test_the_last_year_is_that_of_the_last_day(world, row, ends, last):
    Authorisation.objects.update(effective_to=ends, state="ended")
    row.refresh_from_db()
    assert years_of(row, timezone.localdate()) == list(range(last, SINCE.year - 1, -1))
    for year in (2014, 2015, last, last + 1):
        assert reporting(year).filter(pk=row.pk).exists() == (2015 <= year <= last)


def test_an_authorisation_that_ended_on_its_first_day_never_stood(world, row):
    Authorisation.objects.update(effective_to=SINCE, state="ended")
    row.refresh_from_db()
    assert years_of(row, timezone.localdate()) == []
    assert not reporting(2015).exists()


def test_of_one_that_is_only_reported_nothing_is_expected(world, row):
    Authorisation.objects.update(basis="reported", state="reported")
    row.refresh_from_db()
    assert years_of(row, timezone.localdate()) == []
    assert not reporting(LAST_YEAR).exists()


def test_the_running_year_may_be_drafted_but_not_sent(world, row):
    report = begin(world, row, THIS_YEAR)
    use_reports.save_draft(report, by=world.actor("owner"), edits=0, **FIGURES)
    assert code_of(use_reports.submit, report, by=world.actor("owner"), edits=1) == "year_not_over"


# --- Two at once ---


def test_the_same_form_sent_twice_starts_one_report(world, row):
    nonce = uuid.uuid4()
    assert begin(world, row, nonce=nonce).pk == begin(world, row, nonce=nonce).pk
    assert code_of(begin, world, row, LAST_YEAR - 1, nonce=nonce) == "not_permitted"
    assert code_of(begin, world, row) == "open_already"
    assert UseReport.objects.count() == 1


def test_of_two_windows_the_second_is_told(world, row):
    report, same = begin(world, row), UseReport.objects.get()
    use_reports.save_draft(report, by=world.actor("owner"), edits=0, output=1)
    call = code_of(use_reports.save_draft, same, by=world.actor("colleague"), edits=0, output=2)
    assert call == "someone_was_faster"
    assert code_of(use_reports.submit, same, by=world.actor("colleague"), edits=0) == "someone_was_faster"
    assert UseReport.objects.get().output == 1


def test_what_was_corrected_meanwhile_is_not_accepted_unseen(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    seen = report.edits
    use_reports.return_(report, by=world.actor("reviewer"), edits=seen, text="Look again")
    use_reports.save_draft(report, by=world.actor("owner"), edits=report.edits, output=1)
    use_reports.submit(report, by=world.actor("owner"), edits=report.edits)
    stale = UseReport.objects.get()
    assert code_of(use_reports.accept, stale, by=world.actor("reviewer"), edits=seen) == "someone_was_faster"
    assert UseReport.objects.get().state == UseState.SUBMITTED


def test_of_two_officials_the_second_is_told(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    other = UseReport.objects.get()
    use_reports.accept(report, by=world.actor("reviewer"), edits=report.edits)
    call = code_of(use_reports.return_, other, by=world.actor("reviewer"), edits=report.edits, text="Why")
    assert call == "wrong_state"
    assert UseReport.objects.get().state == UseState.ACCEPTED


# --- Who may ---


@pytest.mark.parametrize("name", [name for name in ROLES if name not in ("owner", "colleague")])
def test_nobody_else_writes_for_the_enterprise(world, row, name):
    report = begin(world, row)
    by = world.actor(name)
    assert code_of(use_reports.start, row, year=LAST_YEAR - 1, by=by, nonce=uuid.uuid4()) == "not_permitted"
    assert code_of(use_reports.save_draft, report, by=by, edits=0, output=1) == "not_permitted"
    assert code_of(use_reports.submit, report, by=by, edits=0) == "not_permitted"


@pytest.mark.parametrize("name", sorted(ROLES.keys() - {"reviewer", "approver", "officer"}))
def test_only_officials_of_the_territory_decide(world, row, name):
    report = make_report(world, row, state=UseState.SUBMITTED)
    by = world.actor(name)
    assert code_of(use_reports.accept, report, by=by, edits=report.edits) == "not_permitted"
    assert code_of(use_reports.return_, report, by=by, edits=report.edits, text="Why") == "not_permitted"


def test_an_authorisation_decided_elsewhere_has_the_province_for_its_report(world):
    """No file and so no county is known: it lies at the province, where no reviewer may be appointed."""
    row = make.make_authorisation(world.enterprise, world.product, since=datetime.date(LAST_YEAR, 1, 1))
    world.enterprise.province = world.province
    world.enterprise.save()
    report = make_report(world, row, state=UseState.SUBMITTED)
    by = world.actor("reviewer")
    assert code_of(use_reports.accept, report, by=by, edits=report.edits) == "not_permitted"
    use_reports.accept(report, by=world.actor("approver"), edits=report.edits)
    assert report.state == UseState.ACCEPTED


@pytest.mark.parametrize("ended", [None, timezone.now()])
def test_whoever_acts_or_acted_for_the_enterprise_does_not_decide(world, row, ended):
    report = make_report(world, row, state=UseState.SUBMITTED)
    person = world.people["reviewer"]
    Membership.objects.create(user=person, enterprise=world.enterprise, role=Role.ENTERPRISE_OPERATOR, ended_at=ended)
    assert RoleAssignment.objects.filter(user=person).exists()
    call = code_of(use_reports.accept, report, by=world.actor("reviewer"), edits=report.edits)
    assert call == "four_eyes"


def test_a_report_is_returned_with_a_reason_only(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    call = code_of(use_reports.return_, report, by=world.actor("reviewer"), edits=report.edits, text="  ")
    assert call == "reason_missing"


# --- What has to be there, and what differs from the ledger ---


@pytest.mark.parametrize("gap", ["output", "unit", "output_value", "labels_used"])
def test_an_incomplete_report_is_not_sent(world, row, gap):
    report = begin(world, row)
    values = {name: value for name, value in FIGURES.items() if name != gap}
    use_reports.save_draft(report, by=world.actor("owner"), edits=0, **values)
    assert code_of(use_reports.submit, report, by=world.actor("owner"), edits=1) == "incomplete"
    assert UseReport.objects.get().state == UseState.DRAFT


def test_nothing_is_a_figure(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED, output=0, output_value=0, labels_used=0)
    assert report.state == UseState.SUBMITTED


@pytest.fixture
def ledger():
    """Last year: 100 labels issued in one batch, 60 activated, 1,000 kg certified."""
    found = make_labels()
    long_ago(found.authorisation)
    batch = found.batch(100, active=(1, 60))
    day = datetime.date(LAST_YEAR, 10, 5)
    type(batch).objects.update(decided_on=day)
    batch.events.update(on=day)
    found.season.name = f"{LAST_YEAR} spring"
    found.season.save()
    return found


def test_what_the_register_knows_is_filled_in(ledger):
    report = begin(ledger.world, ledger.authorisation)
    assert (report.labels_printed, report.labels_used, report.batches, report.unit) == (100, 60, 1, "kg")


def test_labels_recalled_later_were_issued_and_other_years_do_not_count(ledger):
    recalled = ledger.batch(30)
    labels.recall(recalled, by=ledger.world.actor("reviewer"), ground=RecallGround.LOST, text="Stolen")
    type(recalled).objects.filter(pk=recalled.pk).update(decided_on=datetime.date(LAST_YEAR, 12, 31))
    ledger.batch(7)  # today
    found = use_checks.ledger(ledger.authorisation, LAST_YEAR)
    assert (found.issued, found.batches, found.until, found.activated) == (130, 2, 130, 60)
    assert use_checks.ledger(ledger.authorisation, LAST_YEAR - 1).until == 0
    assert use_checks.ledger(ledger.authorisation, THIS_YEAR).until == 137


@pytest.mark.parametrize(
    ("values", "code", "figures"),
    [
        ({"labels_printed": 101}, "printed", ("101", "100")),
        ({"labels_used": 61}, "used", ("61", "60")),
        ({"labels_used": 101}, "beyond_record", ("101", "100")),
        ({"batches": 2}, "batches", ("2", "1")),
        ({"output": 1_200_000}, "output", ("1,200 kg", "1,000 kg")),
        ({"unit": "l"}, "output", ("1,000 litres", "1,000 kg")),
        ({"output": 0}, "value_without_output", ("100,000",)),
        ({"output_value": 12}, "unit_value", ("12 yuan", "1,000 kg")),
    ],
)
def test_what_differs_from_the_ledger_has_to_be_explained(ledger, values, code, figures):
    world, owner = ledger.world, ledger.world.actor("owner")
    report = begin(world, ledger.authorisation)
    fits = {"output": 1_000_000, "output_value": 100_000}
    use_reports.save_draft(report, by=owner, edits=0, **(fits | values))
    found = use_checks.checks(report, use_checks.ledger(ledger.authorisation, LAST_YEAR))
    one = next(one for one in found if one.code == code)
    assert one.level == use_checks.ASK
    assert all(figure in one.text for figure in figures), one.text
    assert code_of(use_reports.submit, report, by=owner, edits=1) == "not_explained"
    use_reports.save_draft(report, by=owner, edits=1, explanation="Old stock was used up.")
    use_reports.submit(report, by=owner, edits=2)
    assert report.state == UseState.SUBMITTED


def test_a_report_that_agrees_with_the_ledger_needs_no_explanation(ledger):
    report = begin(ledger.world, ledger.authorisation)
    owner = ledger.world.actor("owner")
    use_reports.save_draft(report, by=owner, edits=0, output=1_000_000, output_value=100_000)
    assert use_checks.checks(report, use_checks.ledger(ledger.authorisation, LAST_YEAR)) == []
    use_reports.submit(report, by=owner, edits=1)
    ledger.authorisation.refresh_from_db()
    assert ledger.authorisation.last_used_on == datetime.date(LAST_YEAR, 10, 5)


@pytest.mark.parametrize(
    ("values", "figures"),
    [
        ({"tests": 3, "tests_failed": 4}, ("4", "3")),
        ({"tests_failed": 1}, ("1", "0")),
        ({"sales_value": 100, "export_value": 30_000}, ("30,000", "100")),
    ],
)
def test_what_cannot_be_is_refused_whatever_the_explanation(world, row, values, figures):
    report = begin(world, row)
    values = FIGURES | values | {"explanation": "It is so."}
    use_reports.save_draft(report, by=world.actor("owner"), edits=0, **values)
    with pytest.raises(MoveRefused) as refused:
        use_reports.submit(report, by=world.actor("owner"), edits=1)
    assert refused.value.code == "impossible"
    assert all(figure in str(refused.value) for figure in figures)


def test_a_season_belongs_to_the_year_in_its_name_only(ledger):
    ledger.season.name = f"Lot 1{LAST_YEAR}9"
    ledger.season.save()
    assert use_checks.ledger(ledger.authorisation, LAST_YEAR).certified == {}


def test_use_is_noted_but_never_set_back(world, row):
    Authorisation.objects.update(last_used_on=timezone.localdate())
    make_report(world, row, state=UseState.SUBMITTED)
    row.refresh_from_db()
    assert row.last_used_on == timezone.localdate()


def test_a_report_of_no_use_notes_none(world, row):
    make_report(world, row, state=UseState.SUBMITTED, output=0, output_value=0, labels_used=0)
    row.refresh_from_db()
    assert row.last_used_on is None


# --- The journal ---


def test_the_journal_tells_the_steps_and_no_figure(world, row):
    figures = {"output": 987_654_321, "output_value": 55_443_322, "labels_used": 0, "households": 77_665}
    before = JournalEntry.objects.count()
    report = make_report(world, row, state=UseState.REPLACED, changes="A secret line", **figures)
    entries = list(JournalEntry.objects.order_by("sequence")[before:])
    assert [entry.event_type for entry in entries] == [
        "use_report.submitted", "use_report.accepted", "use_report.submitted", "use_report.replaced",
        "use_report.accepted",
    ]  # fmt: skip
    text = json.dumps([[entry.payload, entry.subject_label, entry.source] for entry in entries], ensure_ascii=False)
    assert report.reference in text
    text = re.sub("[0-9a-f]{64}", "", text)  # a seal may hold any five digits by chance
    assert all(str(figure) not in text for figure in figures.values() if figure)
    assert "secret" not in text
    assert {entry.subject_id for entry in entries} == {row.reference}
    assert all(len(entry.payload["text_sha256"]) == 64 for entry in entries)


def test_the_reason_of_a_return_stays_between_office_and_enterprise(world, row):
    make_report(world, row, state=UseState.RETURNED)
    payload = JournalEntry.objects.order_by("-sequence").first().payload
    assert "seems to be wrong" not in json.dumps(payload)


def test_a_refused_acceptance_leaves_the_older_version_in_place(world, row):
    make_report(world, row)
    newer = make_report(world, row, state=UseState.SUBMITTED)
    entries = JournalEntry.objects.count()
    by = world.actor("approver_elsewhere")
    assert code_of(use_reports.accept, newer, by=by, edits=newer.edits) == "not_permitted"
    assert UseReport.objects.get(version=1).state == UseState.ACCEPTED
    assert JournalEntry.objects.count() == entries
