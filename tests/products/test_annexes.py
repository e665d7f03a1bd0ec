"""Annexes as files: every line read, compared, applied as a whole or not at all, and undone as a new change."""

import csv
import datetime
import io
import uuid
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from gi_registry import exports
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import annex_differences, annexing, entry_registrar, list_files
from products.annex_words import COLUMNS, REQUIRED
from products.entry_states import ENTRY_MOVES
from products.list_files import FileRefused, Sheet
from products.models import AgreementEntry
from products.recognition_models import AnnexImport, EntryStage
from products.states import EntryStatus, Side
from tests.factories import make_agreement, make_agreement_entry, make_person, make_product
from tests.listed_names import status_on

pytestmark = pytest.mark.django_db
BUNDLED = Path(list_files.__file__).parent.parent / "gi_registry/reference/mutual_recognition/listings.csv"
SIGNED, BEGUN = datetime.date(2020, 9, 14), datetime.date(2021, 3, 1)
DAY = datetime.date(2025, 6, 2)
TEA = {
    "agreement_code": "CN-EU-B1", "batch": "1", "direction": "outbound", "seq": "1", "name_native": "安化黑茶",
    "name_transcription": "Anhua Hei Cha", "name_zh": "安化黑茶", "name_en": "Anhua Dark Tea", "country": "CN",
    "product_category": "tea", "status": "listed", "protected_from": "", "source": "OJ", "annex": "III",
    "home_right": "", "home_number": "",
}  # fmt: skip
COMTE = TEA | {
    "direction": "inbound", "seq": "2", "name_native": "Comté", "name_transcription": "", "name_zh": "孔泰",
    "name_en": "", "country": "FR", "product_category": "cheese", "annex": "IV", "home_right": "pdo",
}  # fmt: skip
MOVES = {move.name: move for move in ENTRY_MOVES}


@pytest.fixture
def officer():
    return Actor.user(make_person(Role.OFFICER), Role.OFFICER)


@pytest.fixture
def agreement():
    return make_agreement(signed_on=SIGNED, in_force_on=BEGUN)


@pytest.fixture
def tea(agreement):
    """安化黑茶 as the line TEA tells it."""
    return make_agreement_entry(
        agreement, key="1 · outbound · 安化黑茶 · 安化黑茶", batch="1", seq=1, name_native="安化黑茶",
        name_transcription="Anhua Hei Cha", name_en="Anhua Dark Tea", product_category="tea",
        status=EntryStatus.LISTED, status_text="listed", sources="OJ", annex="III",
    )  # fmt: skip


def as_csv(*rows, columns=COLUMNS):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def as_xlsx(*rows, columns=COLUMNS):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.active.append(columns)
    for row in rows:
        book.active.append([row[column] or None for column in columns])
    book.save(buffer)
    return buffer.getvalue()


def sent(agreement, officer, *rows, columns=COLUMNS, content=None, on=DAY, whole=False):
    content = content or as_csv(*rows, columns=columns)
    return annexing.record_annex(
        agreement, by=officer, nonce=uuid.uuid4(), file_name="annex.csv", sha256="0" * 64, on=on, whole=whole,
        rows=list_files.read(content, REQUIRED).as_json(), basis="CNIPA announcement 599",
    )  # fmt: skip


def apply(row, officer, *, looked=False):
    annexing.apply_annex(row, by=officer, base=annex_differences.preview(row).base, looked=looked)


def refusal(call, *args, **kwargs):
    with pytest.raises(MoveRefused) as refused:
        call(*args, **kwargs)
    return refused.value.code


def events(kind):
    return JournalEntry.objects.filter(event_type=kind)


# --- Reading ---


def test_every_line_of_the_bundled_lists_is_readable(officer):
    """All lines are read by the list that they belong to, none is left over."""
    sheet = list_files.read(BUNDLED.read_bytes(), REQUIRED)
    codes = {cells[0] for _line, cells in sheet.lines}
    agreements = [make_agreement(code) for code in sorted(codes)]
    found = [annex_differences.preview(sent(one, officer, content=BUNDLED.read_bytes())) for one in agreements]
    assert [fault for one in found for fault in one.faults] == []
    assert sum(len(one.added) for one in found) == len(sheet.lines) == 335
    assert {one.others + len(one.added) for one in found} == {335}


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_csv_and_workbook_say_the_same_in_any_order_of_columns(agreement, officer, tea, make):
    rows = [TEA | {"name_en": "Anhua Tea"}, COMTE]
    found = annex_differences.preview(sent(agreement, officer, content=make(*rows, columns=COLUMNS[::-1])))
    assert [(one.entry.pk, one.values) for one in found.changed] == [(tea.pk, {"name_en": "Anhua Tea"})]
    new = [(line, values["name_native"], values["home_right"]) for line, values in found.added]
    assert new == [(3, "Comté", "pdo")]


def test_missing_columns_are_named(officer):
    with pytest.raises(FileRefused) as refused:
        list_files.read(as_csv(TEA, columns=["batch", "name_zh", "status"]), REQUIRED)
    assert refused.value.faults == [
        f"The column “{name}” is missing." for name in ("direction", "name_native", "country")
    ]


@pytest.mark.parametrize(
    ("change", "column", "sentence"),
    [
        ({"agreement_code": "CN-XX"}, "agreement_code", "No agreement has the short name “CN-XX”."),
        ({"direction": ""}, "direction", "This must not be empty."),
        ({"direction": "abroad"}, "direction", "One of these is meant: outbound, inbound."),
        ({"seq": "first"}, "seq", "is no place on a list"),
        ({"name_native": "", "name_zh": ""}, "name_native", "A name is needed here"),
        ({"name_zh": "长" * 121}, "name_zh", "at most 120 characters"),
        ({"name_native": "长" * 200, "name_zh": "长" * 100}, "name_native", "too long together"),
        ({"country": "France"}, "country", "“France” is no country"),
        ({"country": ""}, "country", "This must not be empty."),
        ({"status": "maybe"}, "status", "“maybe” says nothing that is known here of the status."),
        ({"status": ""}, "status", "This must not be empty."),
        ({"protected_from": "2021"}, "protected_from", "The day must be known here"),
        ({"protected_from": "1 March"}, "protected_from", "is no day"),
        ({"protected_from": "2999-01-01"}, "protected_from", "lies in the future"),
        ({"home_right": "patent"}, "home_right", "“patent” is not known here."),
    ],
)
def test_a_faulty_line_is_named_with_its_reason_and_stops_the_file(
    agreement, officer, tea, change, column, sentence
):
    row = sent(agreement, officer, TEA, COMTE | change)
    found = annex_differences.preview(row)
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, column)]
    assert sentence in found.faults[0].text
    before = JournalEntry.objects.count()
    assert refusal(apply, row, officer, looked=True) == "faults"
    assert (AgreementEntry.objects.count(), JournalEntry.objects.count()) == (1, before)


def test_every_fault_is_told_and_lines_keep_their_numbers(agreement, officer):
    content = as_csv(COMTE | {"country": "?", "status": "?"}) + b"\r\n" + b"1,2\r\n"
    found = annex_differences.preview(sent(agreement, officer, content=content))
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, "country"), (2, "status"), (4, "")]


def test_lines_of_another_agreement_are_left_alone_but_some_must_be_of_this(agreement, officer):
    make_agreement("CN-FR")
    found = annex_differences.preview(sent(agreement, officer, TEA, COMTE | {"agreement_code": "CN-FR"}))
    assert (len(found.added), found.others, found.faults) == (1, 1, [])
    alone = annex_differences.preview(sent(agreement, officer, COMTE | {"agreement_code": "CN-FR"}))
    assert [fault.text for fault in alone.faults] == ["No line of the file belongs to this agreement."]


# --- Differences ---


def test_new_changed_missing_and_unchanged_are_told_apart(agreement, officer, tea):
    gone = make_agreement_entry(agreement, batch="1", name_zh="龙井茶", key="a")
    make_agreement_entry(agreement, batch="1", name_zh="早已移出", key="b", left_out_on=BEGUN)
    make_agreement_entry(agreement, batch="1", name_zh="未列入", key="c", status=EntryStatus.WITHDRAWN)
    make_agreement_entry(agreement, batch="1", side=Side.INBOUND, name_zh="香槟", key="d")
    row = sent(agreement, officer, TEA | {"seq": "7"}, TEA | {"name_native": "普洱茶", "name_zh": "普洱茶"})
    found = annex_differences.preview(row)
    assert [(line, values["name_zh"]) for line, values in found.added] == [(3, "普洱茶")]
    assert [(one.line, one.entry.pk, one.values) for one in found.changed] == [(2, tea.pk, {"seq": 7})]
    assert found.missing == [gone], "only of the side and batch that the file has, and only what stands on the list"
    assert found.unchanged == 0


def test_a_column_that_is_missing_leaves_its_values_alone(agreement, officer, tea):
    found = annex_differences.preview(sent(agreement, officer, TEA, columns=REQUIRED))
    assert (found.unchanged, found.changed, found.missing) == (1, [], [])


def test_a_corrected_chinese_form_is_no_new_name(agreement, officer):
    entry = make_agreement_entry(
        agreement, batch="1", side=Side.INBOUND, name_native="Comté", name_zh="康提", country="FR", key="x"
    )
    found = annex_differences.preview(sent(agreement, officer, COMTE, columns=REQUIRED))
    assert [(one.entry.pk, one.values["name_zh"]) for one in found.changed] == [(entry.pk, "孔泰")]
    assert (found.added, found.missing) == ([], [])


def test_the_same_name_in_the_same_place_twice_is_a_fault(agreement, officer, tea):
    found = annex_differences.preview(sent(agreement, officer, TEA, TEA, COMTE, COMTE))
    assert [(one.line, one.text) for one in found.faults] == [
        (3, "安化黑茶 stands in line 2 already."), (5, "Comté stands in line 4 already."),
    ]  # fmt: skip


def test_a_faulty_line_of_a_known_name_does_not_make_it_missing(agreement, officer, tea):
    found = annex_differences.preview(sent(agreement, officer, TEA | {"status": "?"}, TEA | {"name_zh": "茶"}))
    assert found.missing == []


def test_a_new_chinese_name_is_matched_to_the_only_product_written_the_same(agreement, officer):
    product = make_product("安化黑茶")
    for number in (901, 902):
        make_product("双名", number=number)
    rows = [TEA, TEA | {"name_native": "双名", "name_zh": "双名"}, COMTE]
    found = annex_differences.preview(sent(agreement, officer, *rows))
    assert [(one.line, one.product) for one in found.matches] == [(2, product)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_as_a_file_sent_back_changes_nothing(agreement, officer, tea, kind):
    make_agreement_entry(
        agreement, side=Side.INBOUND, name_native="=Comté", name_zh="孔泰", country="FR;IT", batch="1",
        status=EntryStatus.LISTED, status_text="listed_annex_vi; published", key="x", home_right="pdo", home_number="7",
    )  # fmt: skip
    entry_registrar.move_entry(
        tea, MOVES["protect"], by=officer, on=DAY, act="Announcement 599", reason="Published."
    )
    table = exports.Table("names", COLUMNS, annex_differences.iter_cells(annex_differences.names_of(agreement)))
    if kind == "xlsx":
        with exports.xlsx_file(table) as file:
            content = file.read()
    else:
        content = "".join(exports.csv_lines(table)).encode()
    found = annex_differences.preview(sent(agreement, officer, content=content))
    assert (found.unchanged, found.added, found.changed, found.missing, found.faults) == (2, [], [], [], [])


def test_the_number_of_queries_does_not_grow_with_the_file(agreement, officer, django_assert_max_num_queries):
    rows = [TEA | {"name_native": f"茶{number}", "name_zh": f"茶{number}"} for number in range(60)]
    for row in rows[:20]:
        make_agreement_entry(agreement, batch="1", name_native=row["name_native"], name_zh=row["name_zh"])
    row = AnnexImport.objects.select_related("agreement__parent").get(pk=sent(agreement, officer, *rows).pk)
    with django_assert_max_num_queries(8):
        found = annex_differences.preview(row)
    assert (len(found.added), len(found.changed)) == (40, 20)


# --- What is strange ---


def strange(agreement, officer, *rows):
    return [(one.line, one.text) for one in annex_differences.preview(sent(agreement, officer, *rows)).suspicious]


def test_the_same_name_twice_is_strange(agreement, officer):
    rows = strange(agreement, officer, COMTE, COMTE | {"name_native": "comte", "name_zh": "康提"})
    assert rows == [(3, "The same name stands in line 2 already.")]


def test_a_name_with_another_country_or_class_on_another_list_is_strange(agreement, officer):
    pilot = make_agreement("PILOT")
    make_agreement_entry(
        pilot, side=Side.INBOUND, name_native="Comte", name_zh="", country="CH", product_category="wine"
    )
    assert strange(agreement, officer, COMTE) == [
        (2, "Country FR here, CH on PILOT."), (2, "Kind of goods “cheese” here, “wine” on PILOT."),
    ]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [("Class 1.3. Cheeses", "cheese"), ("", "cheese"), ("wine", "Wines")])
def test_the_same_class_in_other_words_is_not_strange(agreement, officer, one, other):
    pilot = make_agreement("PILOT")
    make_agreement_entry(pilot, side=Side.INBOUND, name_native="Comté", name_zh="", country="FR", product_category=one)
    assert strange(agreement, officer, COMTE | {"product_category": other}) == []


@pytest.mark.parametrize("status", EntryStatus)
def test_only_a_step_back_from_protection_is_strange(agreement, officer, tea, status):
    AgreementEntry.objects.update(status=EntryStatus.PROTECTED, status_text="protected")
    found = strange(agreement, officer, TEA | {"status": status.value})
    assert bool(found) == (status not in (EntryStatus.PROTECTED, EntryStatus.LAPSED))


@pytest.mark.parametrize(("day", "expected"), [("2020-09-13", 1), ("2020-09-14", 0)])
def test_protection_before_the_agreement_was_signed_is_strange(agreement, officer, day, expected):
    batch = make_agreement("CN-EU-B9", parent=agreement)
    line = TEA | {"agreement_code": "CN-EU-B9", "status": "protected", "protected_from": day}
    assert len(strange(batch, officer, line)) == expected


def test_strange_lines_are_applied_only_after_somebody_has_looked(agreement, officer):
    row = sent(agreement, officer, TEA | {"status": "protected", "protected_from": "2019-01-01"})
    assert refusal(apply, row, officer) == "not_looked"
    assert AgreementEntry.objects.count() == 0
    apply(row, officer, looked=True)
    assert AgreementEntry.objects.count() == 1


# --- Applying ---


def test_a_file_is_applied_with_one_source_and_its_counts_in_the_journal(agreement, officer, tea):
    product = make_product("普洱茶")
    other = TEA | {"name_native": "普洱茶", "name_zh": "普洱茶", "source": ""}
    row = sent(agreement, officer, TEA | {"status": "protected", "protected_from": "2025-03-01"}, other)
    apply(row, officer)
    tea.refresh_from_db()
    new = AgreementEntry.objects.get(name_zh="普洱茶")
    assert (tea.status, tea.protected_from) == (EntryStatus.PROTECTED, datetime.date(2025, 3, 1))
    assert (new.sources, new.product, new.suggested) == ("CNIPA announcement 599", None, product)
    told = events(EventType.ANNEX_APPLIED).get()
    assert (told.subject_kind, told.subject_id, told.source) == ("agreement", "CN-EU-B1", "CNIPA announcement 599")
    assert told.payload == {
        "added": 1, "changed": 1, "left_out": 0, "moved": 1, "unchanged": 0, "sha256": "0" * 64, "file": str(row.nonce)
    }  # fmt: skip
    entries = JournalEntry.objects.filter(subject_kind="agreement_entry")
    assert {(one.event_type, one.source) for one in entries} == {
        (EventType.AGREEMENT_ENTRY_AMENDED, "CNIPA announcement 599"),
        (EventType.AGREEMENT_ENTRY_ENTERED, "CNIPA announcement 599"),
    }


@pytest.mark.parametrize(
    ("change", "day"),
    [({"status": "protected", "protected_from": "2025-03-01"}, "2025-03-01"), ({"status": "agreed"}, str(DAY))],
)
def test_a_status_that_a_file_brings_is_a_stage_with_its_day(agreement, officer, tea, change, day):
    apply(sent(agreement, officer, TEA | change), officer)
    stage = EntryStage.objects.get()
    assert (stage.status, str(stage.effective_from), stage.act) == (change["status"], day, "CNIPA announcement 599")
    tea.refresh_from_db()
    day_before = stage.effective_from - datetime.timedelta(1)
    assert status_on(tea, [stage], day_before) is None, "nothing is made up about the time before"
    assert status_on(tea, [stage], stage.effective_from) == change["status"]


def test_a_file_does_not_turn_round_what_was_recorded_with_its_act(agreement, officer, tea):
    entry_registrar.move_entry(tea, MOVES["protect"], by=officer, on=DAY, act="Announcement 599", reason="Published.")
    line = TEA | {"status": tea.status_text, "protected_from": "2021-03-01"}
    faults = annex_differences.preview(sent(agreement, officer, line)).faults
    assert [one.column for one in faults] == ["protected_from"]
    early = sent(agreement, officer, TEA | {"status": "lapsed"}, on=DAY - datetime.timedelta(1))
    assert [one.column for one in annex_differences.preview(early).faults] == ["status"]


def test_a_lapsed_name_keeps_its_first_day(agreement, officer, tea):
    AgreementEntry.objects.update(status=EntryStatus.PROTECTED, protected_from=BEGUN)
    apply(sent(agreement, officer, TEA | {"status": "lapsed"}), officer)
    tea.refresh_from_db()
    assert (tea.status, tea.protected_from) == (EntryStatus.LAPSED, BEGUN)


def test_what_a_file_lacks_stays_unless_it_is_the_whole_list(agreement, officer, tea):
    gone = make_agreement_entry(agreement, batch="1", name_zh="龙井茶", key="a")
    apply(sent(agreement, officer, TEA | {"seq": "2"}), officer)
    gone.refresh_from_db()
    assert gone.left_out_on is None
    apply(sent(agreement, officer, TEA | {"seq": "2"}, whole=True), officer)
    gone.refresh_from_db()
    assert gone.left_out_on == DAY
    back = TEA | {"name_native": "", "name_zh": "龙井茶", "status": "protected"}
    apply(sent(agreement, officer, back, columns=REQUIRED), officer)
    gone.refresh_from_db()
    assert gone.left_out_on is None


def test_the_same_file_is_applied_once(agreement, officer, tea):
    row = sent(agreement, officer, TEA | {"seq": "3"})
    again = annexing.record_annex(
        agreement, by=officer, nonce=row.nonce, file_name="x", sha256="1" * 64, rows={}, basis="x", on=DAY
    )
    assert again.pk == row.pk
    for _time in range(2):
        apply(row, officer)
    assert events(EventType.ANNEX_APPLIED).count() == 1
    assert refusal(apply, sent(agreement, officer, TEA | {"seq": "3"}), officer) == "no_change"


def test_what_changed_meanwhile_is_shown_again(agreement, officer, tea):
    row = sent(agreement, officer, TEA | {"seq": "3"})
    shown = annex_differences.preview(row).base
    AgreementEntry.objects.update(name_en="By hand")
    assert refusal(annexing.apply_annex, row, by=officer, base=shown) == "someone_was_faster"
    tea.refresh_from_db()
    assert tea.seq == 1


def test_an_apply_that_fails_changes_nothing(agreement, officer, tea, monkeypatch):
    def fails(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr(annexing, "_enter", fails)
    row = sent(agreement, officer, TEA | {"status": "agreed"}, COMTE)
    before = JournalEntry.objects.count()
    with pytest.raises(RuntimeError):
        apply(row, officer)
    tea.refresh_from_db()
    row.refresh_from_db()
    assert (tea.status, row.applied_at, EntryStage.objects.count()) == (EntryStatus.LISTED, None, 0)
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OFFICER, Role.SYSTEM)])
def test_only_officers_record_apply_and_undo(agreement, officer, tea, role):
    other = Actor.user(make_person(role), role)
    row = sent(agreement, officer, TEA | {"seq": "3"})
    assert refusal(sent, agreement, other, TEA) == "not_permitted"
    assert refusal(apply, row, other) == "not_permitted"
    apply(row, officer)
    assert refusal(annexing.undo_annex, row, by=other, reason="x") == "not_permitted"


def test_a_day_in_the_future_is_refused(agreement, officer):
    tomorrow = timezone.localdate() + datetime.timedelta(1)
    assert refusal(sent, agreement, officer, TEA, on=tomorrow) == "wrong_day"


# --- Undoing ---


def test_undoing_puts_back_what_stood_there_before(agreement, officer, tea):
    gone = make_agreement_entry(agreement, batch="1", name_zh="龙井茶", key="a")
    line = TEA | {"status": "protected", "protected_from": "2025-03-01", "name_en": "Tea"}
    before = annex_differences.annex_fingerprint([tea, gone])
    row = sent(agreement, officer, line, COMTE | {"direction": "inbound"}, whole=True)
    apply(row, officer)
    for _time in range(2):
        annexing.undo_annex(row, by=officer, reason="The wrong annex.")
    tea.refresh_from_db()
    gone.refresh_from_db()
    assert annex_differences.annex_fingerprint([tea, gone]) == before
    new = AgreementEntry.objects.get(name_native="Comté")
    assert new.left_out_on == SIGNED, "it stays on record, but never stood on the list"
    stages = list(tea.stages.all())
    assert [stage.status for stage in stages] == ["protected", "listed"]
    assert status_on(tea, stages, datetime.date(2025, 3, 1)) == EntryStatus.LISTED
    told = events(EventType.ANNEX_UNDONE).get()
    assert (told.payload["restored"], told.payload["withdrawn"], told.payload["reason"]) == (2, 1, "The wrong annex.")


def test_undoing_is_refused_with_the_names_that_somebody_changed_since(agreement, officer, tea):
    row = sent(agreement, officer, TEA | {"name_en": "Tea"}, COMTE)
    apply(row, officer)
    AgreementEntry.objects.filter(pk=tea.pk).update(name_en="By hand")
    with pytest.raises(MoveRefused, match="安化黑茶") as refused:
        annexing.undo_annex(row, by=officer, reason="x")
    assert refused.value.code == "changed_since"
    assert "Comté" not in str(refused.value)
    row.refresh_from_db()
    assert row.undone_at is None


def test_undoing_leaves_alone_what_the_file_did_not_touch(agreement, officer, tea):
    row = sent(agreement, officer, TEA | {"name_en": "Tea"})
    apply(row, officer)
    AgreementEntry.objects.filter(pk=tea.pk).update(seq=44)
    annexing.undo_annex(row, by=officer, reason="x")
    tea.refresh_from_db()
    assert (tea.name_en, tea.seq) == ("Anhua Dark Tea", 44)


def test_a_name_that_was_tied_since_stops_the_undoing(agreement, officer):
    row = sent(agreement, officer, TEA)
    apply(row, officer)
    entry_registrar.tie(AgreementEntry.objects.get(), make_product(), by=officer, reason="The same.")
    assert refusal(annexing.undo_annex, row, by=officer, reason="x") == "changed_since"


def test_a_stage_that_was_noted_since_stops_the_undoing(agreement, officer, tea):
    row = sent(agreement, officer, TEA | {"status": "agreed"})
    apply(row, officer)
    tea.refresh_from_db()
    entry_registrar.move_entry(tea, MOVES["withdraw"], by=officer, on=DAY, act="Letter", reason="x")
    assert refusal(annexing.undo_annex, row, by=officer, reason="x") == "changed_since"


def test_undoing_needs_a_reason_and_an_applied_file(agreement, officer, tea):
    row = sent(agreement, officer, TEA | {"seq": "2"})
    assert refusal(annexing.undo_annex, row, by=officer, reason=" ") == "reason_missing"
    assert refusal(annexing.undo_annex, row, by=officer, reason="x") == "wrong_state"


def test_a_sheet_is_stored_with_its_day_beside_the_cells(agreement, officer):
    row = sent(agreement, officer, TEA)
    assert Sheet.of_json(row.rows).columns == COLUMNS
    assert annex_differences.day_of(row) == DAY
