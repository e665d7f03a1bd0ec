"""Files with the units of a list: read, compared, every fault with its line; all of a file is applied or nothing."""

import csv
import datetime
import io
import uuid

import openpyxl
import pytest
from django.utils import timezone

from gi_registry import exports
from gi_registry.amendments import differences
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import list_cells, list_differences, list_files, list_registrar
from products.list_files import FileRefused
from products.list_values import unit_values
from products.list_words import COLUMNS
from products.models import ListedUnit, ListImport
from tests.factories import make_division, make_hunan, make_person

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 8, 27)
ANHUA = {
    "code": "430923", "code_then": "430923", "name_zh": "安化县", "province": "湖南省", "level": "national",
    "area": "武陵山", "key_county": "1", "designated_on": "2012-03-19", "exited": "2018", "exit_basis": "sourced",
    "list_basis": "sourced", "source": "P43-2018", "note": "",
}  # fmt: skip
TAOJIANG = ANHUA | {"code": "430922", "code_then": "430922", "name_zh": "桃江县", "level": "provincial"}


@pytest.fixture
def hunan():
    return make_hunan()


@pytest.fixture
def officer(hunan):
    return Actor.user(make_person(Role.OFFICER), Role.OFFICER)


@pytest.fixture
def poverty_list(officer):
    """A list with 安化县 on it."""
    found = list_registrar.enter_poverty_list(
        by=officer, slug="test", name_zh="名录", name_en="List", official_size=2
    )
    enter(found, officer, ANHUA)
    return found


def enter(poverty_list, officer, cells):
    values, faults = list_cells.read(cells, list_cells.Places(list_cells.codes_in(cells)))
    assert not faults
    return list_registrar.enter_listed_unit(poverty_list, by=officer, **values)


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
        book.active.append([row[column] for column in columns])
    book.save(buffer)
    return buffer.getvalue()


def sent(poverty_list, officer, content, **more):
    return list_registrar.record_import(
        poverty_list, by=officer, nonce=uuid.uuid4(), file_name="units.csv", sha256="0" * 64,
        rows=list_files.read(content).as_json(), basis="湘扶贫〔2021〕1号", **more,
    )  # fmt: skip


def apply(row, officer):
    base = list_differences.preview(row).base
    list_registrar.apply_import(row, by=officer, base=base)


def names(poverty_list, on=None):
    rows = ListedUnit.objects.on(on).filter(poverty_list=poverty_list)
    return set(rows.values_list("name_zh", flat=True))


# --- Reading a file ---


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv_is_read_with_and_without_byte_order_mark(mark):
    sheet = list_files.read(mark + as_csv(ANHUA))
    assert sheet.columns == COLUMNS
    assert sheet.lines == ((2, tuple(ANHUA.values())),)


def test_a_workbook_gives_the_same_cells_whatever_their_type():
    typed = ANHUA | {"code": 430923, "code_then": 430923.0, "key_county": True, "exited": 2018,
                     "designated_on": datetime.datetime(2012, 3, 19), "note": None}  # noqa: DTZ001 - cells have no zone  # fmt: skip
    assert list_files.read(as_xlsx(typed)).lines == list_files.read(as_csv(ANHUA)).lines


def test_columns_may_have_any_order_and_blank_lines_count_for_line_numbers():
    content = as_csv(ANHUA, columns=COLUMNS[::-1]) + b"\r\n" + as_csv(TAOJIANG, columns=COLUMNS[::-1]).split(b"\r\n")[1]
    assert [line for line, _cells in list_files.read(content).lines] == [2, 4]


def test_what_our_own_files_escape_is_read_as_it_was_meant(poverty_list, officer):
    unit = ListedUnit.objects.get()
    list_registrar.amend_listed_unit(unit, by=officer, note="-3 units, see =A1")
    table = exports.Table("units", COLUMNS, [list_cells.of_unit(ListedUnit.objects.get())])
    content = "".join(exports.csv_lines(table)).encode()
    assert b"'-3 units" in content
    assert list_files.read(content).lines[0][1][-1] == "-3 units, see =A1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The column “code” is missing."),
        (as_csv(ANHUA, columns=["code", "name_zh"]), "The column “province” is missing."),
        (as_csv(ANHUA, columns=[*COLUMNS, "code"]), "The column “code” stands there twice."),
        (as_csv(), "The file has no line beneath its header."),
        (as_csv(ANHUA).decode().encode("gbk"), "Line 2 is not UTF-8"),
        (as_csv(ANHUA).replace(b"P43", b"\0"), "This is neither a CSV nor an XLSX file."),
        (as_csv(ANHUA) + b'"never closed', "Line 3 cannot be read"),
        (b"\xd0\xcf\x11\xe0rest", "This is an old Excel file"),
        (b"PK\x03\x04 no archive", "The workbook is damaged"),
        (b"x" * (list_files.MOST_BYTES + 1), "The file is larger than 2 MB."),
        (b"\n".join([",".join(COLUMNS).encode(), *[b"1,2,3"] * 5001]), "at most 5000 lines are taken"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(content, sentence):
    with pytest.raises(FileRefused) as refused:
        list_files.read(content)
    assert sentence in " ".join(refused.value.faults)


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(list_files, "MOST_UNPACKED", 1000)
    with pytest.raises(FileRefused, match="too large when it is unpacked"):
        list_files.read(as_xlsx(ANHUA))


# --- Faults of lines ---


@pytest.mark.parametrize(
    ("change", "column", "sentence"),
    [
        ({"code": "430999"}, "code", "No division has the code 430999."),
        ({"code": "110101"}, "code", "110101 is 东城区 in 北京市, not in 湖南省."),
        ({"code": "439001"}, "code", "439001 has become several divisions: 桃江县 430922、安化县 430923."),
        ({"code": "430923 430999"}, "code", "No division has the code 430999."),
        ({"code_then": "43092"}, "code_then", "“43092” is no code"),
        ({"province": "湖"}, "province", "“湖” is no province"),
        ({"province": ""}, "province", "This must not be empty."),
        ({"name_zh": ""}, "name_zh", "This must not be empty."),
        ({"name_zh": "长" * 61}, "name_zh", "at most 60 characters"),
        ({"note": "长" * 401}, "note", "at most 400 characters"),
        ({"level": "state"}, "level", "One of these is meant: national, provincial."),
        ({"area": "武陵"}, "area", "“武陵” is not known here."),
        ({"key_county": "2"}, "key_county", "One of these is meant: 1, 0."),
        ({"exit_basis": "rumour"}, "exit_basis", "“rumour” is not known here."),
        ({"exited": "2011"}, "exited", "cannot have left the list (2011) before it was put on it (2012-03-19)"),
        ({"exited": "in 2018"}, "exited", "“in 2018” is no date."),
        ({"exited": "2018-02-30"}, "exited", "“2018-02-30” is no date."),
        ({"exited": str(timezone.localdate().year + 1)}, "exited", "lies in the future"),
        ({"designated_on": "1979-12-31"}, "designated_on", "lies before 1980"),
        ({"designated_on": "2012"}, "designated_on", "The day must be known here"),
        ({"exit_basis": ""}, "exit_basis", "Write how well the exit is supported."),
        ({"exited": ""}, "exit_basis", "No exit is given"),
        ({"list_basis": ""}, "list_basis", "This must not be empty."),
    ],
)
def test_a_faulty_line_is_reported_with_its_number_and_stops_the_file(
    poverty_list, officer, hunan, change, column, sentence
):
    beijing = make_division("110000", "北京市")
    make_division("110101", "东城区", parent=beijing)
    make_division("439001", "旧一县", parent=hunan[1], status="historic", successor=hunan[2])
    make_division("439001", "旧二县", parent=hunan[1], status="historic", successor=hunan[3])
    row = sent(poverty_list, officer, as_csv(TAOJIANG, ANHUA | change))
    found = list_differences.preview(row)
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, column)]
    assert sentence in found.faults[0].text
    entries = JournalEntry.objects.count()
    with pytest.raises(MoveRefused) as refused:
        apply(row, officer)
    assert refused.value.code == "faults"
    assert names(poverty_list) == {"安化县"}
    assert JournalEntry.objects.count() == entries


def test_every_fault_of_a_file_is_reported_not_only_the_first(poverty_list, officer):
    rows = [ANHUA | {"code": "1", "level": "?", "exited": "soon"}, TAOJIANG | {"code": "2"}]
    faults = list_differences.preview(sent(poverty_list, officer, as_csv(*rows))).faults
    assert [(fault.line, fault.column) for fault in faults] == [
        (2, "code"), (2, "exited"), (2, "level"), (3, "code"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "column", "sentence"),
    [
        ({"code_then": ""}, "name_zh", "安化县 in 湖南省 stands in line 2 already."),
        ({"name_zh": "安化"}, "code_then", "430923 stands in line 2 already."),
    ],
)
def test_what_stands_in_a_file_twice_is_a_fault_of_the_second_line(poverty_list, officer, change, column, sentence):
    found = list_differences.preview(sent(poverty_list, officer, as_csv(ANHUA, ANHUA | change)))
    assert (3, column, sentence) in found.faults


def test_a_line_with_too_few_fields_is_a_fault(poverty_list, officer):
    found = list_differences.preview(sent(poverty_list, officer, as_csv(ANHUA) + b"430922,430922\r\n"))
    assert found.faults == [(3, "", "The line has 2 fields, the header 13.")]


def test_a_faulty_line_of_a_known_unit_does_not_make_it_missing(poverty_list, officer):
    found = list_differences.preview(sent(poverty_list, officer, as_csv(ANHUA | {"level": "?"})))
    assert found.missing == []


def test_a_code_of_the_past_leads_to_the_division_of_today(poverty_list, officer, hunan):
    make_division("432324", "安化县", parent=hunan[1], status="historic", successor=hunan[2])
    found = list_differences.preview(sent(poverty_list, officer, as_csv(ANHUA | {"code": "432324"})))
    assert (found.unchanged, found.faults) == (1, [])


# --- Differences ---


def test_added_changed_missing_and_unchanged_are_told_apart(poverty_list, officer):
    enter(poverty_list, officer, TAOJIANG)
    third = ANHUA | {"code": "", "code_then": "", "name_zh": "洪江区"}
    row = sent(poverty_list, officer, as_csv(ANHUA | {"exited": "2019", "key_county": "0"}, third))
    found = list_differences.preview(row)
    assert [(line, values["name_zh"]) for line, values in found.added] == [(3, "洪江区")]
    assert [(one.line, one.unit.name_zh, set(one.values)) for one in found.changed] == [
        (2, "安化县", {"exited_on", "key_county"})
    ]
    assert [unit.name_zh for unit in found.missing] == ["桃江县"]
    assert (found.unchanged, found.faults) == (0, [])


def test_a_column_that_is_missing_leaves_its_values_alone(poverty_list, officer):
    columns = [name for name in COLUMNS if name not in ("area", "exited", "exit_basis", "note")]
    found = list_differences.preview(sent(poverty_list, officer, as_csv(ANHUA, columns=columns)))
    assert (found.unchanged, found.changed) == (1, [])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_as_a_file_sent_back_changes_nothing(poverty_list, officer, hunan, kind):
    past = make_division("432324", "桃花江县", parent=hunan[1], status="historic", successor=hunan[3])
    unit = enter(poverty_list, officer, TAOJIANG | {"note": "＝全角（括号）", "exited": "2018-08-05"})
    unit.divisions.set([past, hunan[2]])
    empty = dict.fromkeys(("code", "code_then", "exited", "exit_basis", "designated_on", "area", "key_county"), "")
    enter(poverty_list, officer, ANHUA | empty | {"name_zh": "洪江区"})
    rows = [list_cells.of_unit(one) for one in list_differences.standing(poverty_list)]
    table = exports.Table("units", COLUMNS, rows)
    if kind == "xlsx":
        with exports.xlsx_file(table) as file:
            content = file.read()
    else:
        content = "".join(exports.csv_lines(table)).encode()
    row = sent(poverty_list, officer, content)
    found = list_differences.preview(row)
    assert (found.unchanged, found.added, found.changed, found.missing, found.faults) == (3, [], [], [], [])
    before = JournalEntry.objects.count()
    apply(row, officer)
    assert JournalEntry.objects.count() == before


def test_a_renamed_unit_is_known_by_its_new_name(poverty_list, officer):
    unit = ListedUnit.objects.get()
    list_registrar.amend_listed_unit(unit, by=officer, name_zh="安化新县")
    content = as_csv(ANHUA | {"name_zh": "安化新县", "note": "new"})
    found = list_differences.preview(sent(poverty_list, officer, content))
    assert [(one.unit.pk, one.values) for one in found.changed] == [(unit.pk, {"note": "new"})]
    assert (found.added, found.missing) == ([], [])


def test_a_correction_cannot_put_a_second_unit_beside_one_that_stays(poverty_list, officer):
    corrected = as_csv(ANHUA | {"code_then": "430900"})
    found = list_differences.preview(sent(poverty_list, officer, corrected))
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, "name_zh")]
    assert "430923 安化县 stays on the list" in found.faults[0].text
    version = sent(poverty_list, officer, corrected, version_from=DAY, version_size=1)
    assert list_differences.preview(version).faults == []


def test_the_number_of_queries_does_not_grow_with_the_file(poverty_list, officer, hunan, django_assert_max_num_queries):
    rows = [ANHUA | {"code": "430922", "code_then": f"43{one:04}", "name_zh": f"县{one}"} for one in range(100)]
    for one in rows[:30]:
        enter(poverty_list, officer, one)
    row = ListImport.objects.select_related("poverty_list").get(pk=sent(poverty_list, officer, as_csv(*rows)).pk)
    with django_assert_max_num_queries(12):
        assert len(list_differences.preview(row).added) == 70


# --- Applying ---


def test_a_correction_adds_and_changes_but_drops_nothing(poverty_list, officer):
    row = sent(poverty_list, officer, as_csv(TAOJIANG))
    apply(row, officer)
    assert names(poverty_list) == {"安化县", "桃江县"}
    row.refresh_from_db()
    assert row.applied_at is not None
    entry = JournalEntry.objects.first()
    assert (entry.event_type, entry.subject_label, entry.source) == (
        "listed_unit.entered", "桃江县", "湘扶贫〔2021〕1号",
    )  # fmt: skip


def test_a_new_version_drops_what_the_file_lacks_from_its_first_day(poverty_list, officer):
    row = sent(poverty_list, officer, as_csv(TAOJIANG), version_from=DAY, version_size=1)
    apply(row, officer)
    assert names(poverty_list, DAY - datetime.timedelta(days=1)) == {"安化县"}
    assert names(poverty_list, DAY) == {"桃江县"}
    poverty_list.refresh_from_db()
    assert (poverty_list.official_size, poverty_list.versions.count()) == (1, 2)
    events = list(JournalEntry.objects.order_by("sequence").values_list("event_type", flat=True))[-3:]
    assert events == ["poverty_list.version_published", "listed_unit.dropped", "listed_unit.entered"]


def test_a_unit_that_was_dropped_can_return(poverty_list, officer):
    apply(sent(poverty_list, officer, as_csv(TAOJIANG), version_from=DAY, version_size=1), officer)
    back = DAY + datetime.timedelta(days=365)
    apply(sent(poverty_list, officer, as_csv(TAOJIANG, ANHUA), version_from=back, version_size=2), officer)
    assert names(poverty_list, DAY) == {"桃江县"}
    assert names(poverty_list, back) == {"桃江县", "安化县"}


def test_a_file_applied_twice_counts_once(poverty_list, officer):
    row = sent(poverty_list, officer, as_csv(ANHUA, TAOJIANG))
    base = list_differences.preview(row).base
    list_registrar.apply_import(row, by=officer, base=base)
    entries = JournalEntry.objects.count()
    list_registrar.apply_import(row, by=officer, base=base)
    assert JournalEntry.objects.count() == entries
    assert ListedUnit.objects.count() == 2


def test_a_file_sent_twice_is_one(poverty_list, officer):
    first = sent(poverty_list, officer, as_csv(TAOJIANG))
    again = list_registrar.record_import(
        poverty_list, by=officer, nonce=first.nonce, file_name="other", sha256="1" * 64, rows={}, basis="other"
    )
    assert again.pk == first.pk


def test_what_was_shown_for_another_state_of_the_list_is_not_applied(poverty_list, officer):
    row = sent(poverty_list, officer, as_csv(ANHUA | {"note": "file"}))
    shown = list_differences.preview(row).base
    list_registrar.amend_listed_unit(ListedUnit.objects.get(), by=officer, note="by hand")
    with pytest.raises(MoveRefused) as refused:
        list_registrar.apply_import(row, by=officer, base=shown)
    assert refused.value.code == "someone_was_faster"
    assert ListedUnit.objects.get().note == "by hand"
    apply(row, officer)
    assert ListedUnit.objects.get().note == "file"


def test_a_version_that_was_overtaken_by_another_is_a_fault_of_the_file(poverty_list, officer):
    row = sent(poverty_list, officer, as_csv(ANHUA), version_from=DAY, version_size=1)
    list_registrar.publish_version(poverty_list, by=officer, effective_from=DAY, official_size=2, basis="faster")
    assert [fault.line for fault in list_differences.preview(row).faults] == [0]


@pytest.mark.parametrize("failing", ["enter_listed_unit", "amend_listed_unit", "drop_listed_unit"])
def test_a_fault_in_the_middle_undoes_everything(poverty_list, officer, monkeypatch, failing):
    enter(poverty_list, officer, TAOJIANG)
    added = [ANHUA | {"code": "", "code_then": "", "name_zh": name} for name in ("甲区", "乙区")]
    changed = ANHUA | {"note": "file"}
    row = sent(poverty_list, officer, as_csv(changed, *added), version_from=DAY, version_size=3)
    before = [unit_values(unit) for unit in list_differences.standing(poverty_list)]
    entries, real, calls = JournalEntry.objects.count(), getattr(list_registrar, failing), []

    def breaking(*args, **kwargs):
        calls.append(args)
        real(*args, **kwargs)
        if failing != "enter_listed_unit" or len(calls) == 2:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(list_registrar, failing, breaking)
    with pytest.raises(RuntimeError):
        apply(row, officer)
    assert calls
    assert [unit_values(unit) for unit in list_differences.standing(poverty_list)] == before
    assert JournalEntry.objects.count() == entries
    assert poverty_list.versions.count() == 1
    row.refresh_from_db()
    assert row.applied_at is None


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER, Role.AUDITOR, Role.ENTERPRISE_OWNER, Role.EDITOR])
def test_only_who_keeps_the_register_sends_or_applies_files(poverty_list, officer, hunan, role):
    row = sent(poverty_list, officer, as_csv(TAOJIANG))
    other = Actor.user(make_person(role, hunan[0]), role, hunan[0])
    with pytest.raises(MoveRefused) as refused:
        apply(row, other)
    assert refused.value.code == "not_permitted"
    with pytest.raises(MoveRefused):
        sent(poverty_list, other, as_csv(TAOJIANG))
    assert (names(poverty_list), ListImport.objects.count()) == ({"安化县"}, 1)


def test_differences_of_cells_and_units_agree(poverty_list):
    unit = ListedUnit.objects.get()
    cells = list_cells.of_unit(unit)
    values, faults = list_cells.read(cells, list_cells.Places(list_cells.codes_in(cells)))
    assert cells == ANHUA
    assert (faults, differences(unit_values(unit), values)) == ([], {})
