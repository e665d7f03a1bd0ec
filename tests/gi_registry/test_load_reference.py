"""The load of reference data: the shipped files with their known counts, and small files with every fault."""

import io
from collections import Counter
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count

from enterprises.models import Authorisation, Enterprise
from enterprises.states import AuthorisationBasis
from gi_registry.journal import Actor
from gi_registry.models import Division, JournalEntry
from gi_registry.roles import Role
from products import registrar
from products.models import (
    Agreement,
    AgreementEntry,
    Announcement,
    FormerNumber,
    ListedUnit,
    Product,
    ProtectedArea,
    Right,
    Source,
)
from products.recognition_models import ForeignGI
from products.states import CONFIRMED, AreaBasis, DateBasis, EntryStatus, ProductStatus, Side, Track
from tests.reference_files import DIVISION, PRODUCT, ROWS, changed, write_files

OFFICER = Actor("user:1", Role.OFFICER)


def load(folder=None, **options):
    """Load, from a folder or the shipped files; what was printed."""
    output, errors = io.StringIO(), io.StringIO()
    if folder is not None:
        options["folder"] = folder
    try:
        call_command("load_reference", stdout=output, stderr=errors, **options)
    except CommandError as error:
        errors.write(f"{error}\n")
    return output.getvalue(), errors.getvalue()


def counts():
    """Rows of every table that the load fills."""
    models = (Division, Source, Announcement, Product, Right, ProtectedArea, ListedUnit, Agreement,
              AgreementEntry, ForeignGI, Enterprise, Authorisation, FormerNumber, JournalEntry)  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


# --- The shipped files ---


@pytest.fixture(scope="module")
def shipped(django_db_setup, django_db_blocker):
    """The shipped files, loaded once for the tests that read them; gone when these are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


def test_every_shipped_row_is_loaded(shipped):
    _output, errors = shipped
    assert errors == ""
    assert Division.objects.count() == 4284
    assert Division.objects.current().count() == 3240
    assert Right.objects.count() == 1341
    assert Product.objects.count() == 1260
    assert FormerNumber.objects.count() == 1341 - 1260
    assert Agreement.objects.count() == 7
    assert AgreementEntry.objects.count() == 335
    assert ForeignGI.objects.count() == 170
    assert Authorisation.objects.count() == 60
    assert Source.objects.count() == 387 + 131


def test_confirmed_rights_of_each_track(shipped):
    confirmed = Right.objects.filter(status__in=CONFIRMED).values_list("track").annotate(Count("pk"))
    assert dict(confirmed) == {
        Track.GI_PRODUCT: 557, Track.AGRICULTURAL_GI: 68, Track.TRADEMARK: 2, Track.UNSPECIFIED: 5,
    }  # fmt: skip
    assert not Right.objects.filter(status__in=CONFIRMED, effective_from__gt=date(2026, 9, 30)).exists()
    assert not Right.objects.exclude(status__in=CONFIRMED).exclude(approved_on=None).exists()


def test_anhua_dark_tea_is_one_product_on_two_tracks(shipped):
    product = Product.objects.get(name_zh="安化黑茶")
    assert product.number == 365
    assert [(right.reference, right.track) for right in product.rights.all()] == [
        ("GI00365", Track.GI_PRODUCT), ("GI00767", Track.TRADEMARK),
    ]  # fmt: skip
    assert FormerNumber.objects.get(number=767).product == product
    assert product.status == ProductStatus.MARK_USE_LISTED
    assert (product.effective_from, product.first_year) == (date(2010, 12, 31), 2010)
    assert product.name_en == "Anhua Dark Tea"


def test_poverty_lists_are_complete(shipped):
    national = ListedUnit.objects.filter(poverty_list__slug="national-832")
    assert national.count() == 832
    assert dict(national.values_list("province__name_zh").annotate(Count("pk"))) == {
        "河北省": 45, "山西省": 36, "内蒙古自治区": 31, "吉林省": 8, "黑龙江省": 20, "安徽省": 20, "江西省": 24,
        "河南省": 38, "湖北省": 28, "湖南省": 40, "广西壮族自治区": 33, "海南省": 5, "重庆市": 14, "四川省": 66,
        "贵州省": 66, "云南省": 88, "西藏自治区": 74, "陕西省": 56, "甘肃省": 58, "青海省": 42,
        "宁夏回族自治区": 8, "新疆维吾尔自治区": 32,
    }  # fmt: skip
    exits = Counter(unit.exited_on.year for unit in national)
    assert exits == {2016: 31, 2017: 125, 2018: 283, 2019: 341, 2020: 52}
    assert ListedUnit.objects.filter(poverty_list__slug="hunan-51").count() == 51
    assert ListedUnit.objects.filter(poverty_list__slug="hunan-51", level="provincial").count() == 11
    assert ListedUnit.objects.filter(poverty_list__slug="key-160").count() == 160


def test_units_without_a_division_of_today_stay_without(shipped):
    units = ListedUnit.objects.filter(divisions=None).values_list("poverty_list__slug", "name_zh")
    assert set(units) == {("national-832", "大柴旦行政委员会"), ("hunan-51", "洪江区")}


def test_true_sizes_of_lists_stand_beside_their_labels(shipped):
    first = Agreement.objects.get(code="CN-EU-B1")
    assert (first.scheme_label, first.outbound_size, first.inbound_size) == ("100+100", 100, 96)
    assert first.parent.code == "CN-EU-2020"
    statuses = first.entries.values_list("side", "status").annotate(Count("pk"))
    assert {(side, status): number for side, status, number in statuses} == {
        (Side.INBOUND, EntryStatus.PROTECTED): 95,
        (Side.INBOUND, EntryStatus.WITHDRAWN): 4,
        (Side.INBOUND, EntryStatus.PROPOSED): 1,
        (Side.OUTBOUND, EntryStatus.PROTECTED): 76,
        (Side.OUTBOUND, EntryStatus.LISTED): 4,
    }


def test_every_foreign_name_has_one_record_however_many_lists_name_it(shipped):
    assert not AgreementEntry.objects.filter(side=Side.INBOUND, foreign_gi=None).exists()
    assert not AgreementEntry.objects.filter(side=Side.OUTBOUND, foreign_gi__isnull=False).exists()
    comte = ForeignGI.objects.get(number=1)
    assert (comte.name_original, comte.country) == ("Comté", "FR")
    assert {entry.agreement.code for entry in comte.entries.all()} == {"CN-EU-PILOT", "CN-EU-B1"}


def test_an_inferred_area_is_never_called_named(shipped):
    inferred = ProtectedArea.objects.filter(basis=AreaBasis.INFERRED_FROM_NAME)
    assert inferred.count() == 791
    assert set(inferred.values_list("basis_note", flat=True)) == {
        "", "name prefix", "name prefix (full division name)",
        "name prefix (prefecture; a county-level unit has the same stem)",
    }  # fmt: skip


def test_announcements_written_in_two_ways_are_one(shipped):
    assert Announcement.objects.filter(issuer="cnipa", number=475).count() == 1
    assert Announcement.objects.get(issuer="aqsiq", year=2010, number=31).published_on == date(2010, 4, 6)


def test_enterprises_are_announced_only_where_an_announcement_is_named(shipped):
    announced = Authorisation.objects.exclude(announcement=None)
    assert announced.count() == 14
    assert set(announced.values_list("basis", flat=True)) == {AuthorisationBasis.ANNOUNCED}
    assert Authorisation.objects.filter(product=None).count() == 4
    assert Enterprise.objects.get(name_zh="黄山禹沐生态农产品有限公司").authorisations.count() == 2


def test_the_loaded_register_keeps_its_own_rules(shipped):
    output = io.StringIO()
    call_command("check_register", stdout=output)
    assert output.getvalue() == "The register is in order: 47 rules hold for all rows.\n"


def test_a_second_load_changes_nothing(shipped):
    before = counts()
    output, errors = load()
    assert errors == ""
    lines = [line for line in output.splitlines() if "rows," in line]
    assert len(lines) == 22
    assert all(", 0 added, 0 changed, " in line for line in lines)
    assert counts() == before


# --- Small files ---


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path)


@pytest.mark.django_db
def test_rows_become_records_with_their_sources_and_history(folder):
    output, errors = load(folder)
    assert errors == ""
    assert "rights: 2 rows, 2 added, 0 changed, 0 unchanged" in output
    right = Right.objects.get(reference="GI00365")
    assert (right.approved_on, right.approved_precision) == (date(2010, 2, 23), "day")
    assert (right.effective_from, right.effective_from_basis) == (date(2010, 2, 23), DateBasis.APPROVAL)
    assert [source.key for source in right.sources.all()] == ["S1"]
    assert [entry.announcement.text for entry in right.announcement_entries.all()] == ["质检总局公告2010年第15号"]
    entered = JournalEntry.objects.get(subject_kind="right", subject_id="GI00365")
    assert (entered.actor, entered.source) == ("system:load_reference", "gi_products.csv")
    assert entered.payload["values"]["sources"] == ["S1"]
    entry = AgreementEntry.objects.get()
    assert (entry.product, entry.suggested) == (None, right.product)
    assert Source.objects.get(key="M1").address == "http://example.cn/list"


@pytest.mark.django_db
def test_divisions_are_one_journal_entry_with_the_fingerprint_of_the_file(folder):
    load(folder)
    entry = JournalEntry.objects.get(event_type="divisions.loaded")
    assert entry.payload["added"] == 4
    assert len(entry.payload["sha256"]) == 64
    assert Division.objects.get(status="historic").successor.code == "430923"


@pytest.mark.django_db
def test_a_dry_run_shows_everything_and_changes_nothing(folder):
    output, errors = load(folder, dry_run=True)
    assert errors == ""
    assert "    added: 365\n" in output
    assert output.endswith("Dry run: nothing was changed.\n")
    assert set(counts().values()) == {0}


@pytest.mark.django_db
def test_a_dry_run_shows_changed_and_missing_rows(folder):
    load(folder)
    rows = changed("gi_products.csv", 0, note="corrected")
    rows["gi_products.csv"].pop()
    output, _errors = load(write_files(folder, rows), dry_run=True)
    assert "    changed: GI00365: note\n" in output
    assert "    no longer in the file, kept in the register: GI00767\n" in output
    assert Right.objects.get(reference="GI00365").note == ""


@pytest.mark.django_db
def test_a_changed_row_changes_only_what_differs(folder):
    load(folder)
    load(write_files(folder, changed("gi_products.csv", 0, status="mark_use_listed")))
    entry = JournalEntry.objects.get(event_type="right.amended")
    assert entry.payload == {"changes": {
        "status": {"before": "approved", "after": "mark_use_listed"},
    }}  # fmt: skip
    assert Product.objects.get().status == ProductStatus.MARK_USE_LISTED


@pytest.mark.django_db
def test_a_row_that_left_the_file_stays_in_the_register(folder):
    load(folder)
    output, _errors = load(write_files(folder, {"enterprises.csv": []}))
    assert "authorisations: 0 rows, 0 added, 0 changed, 0 unchanged, 1 no longer in the file" in output
    assert Authorisation.objects.count() == 1


@pytest.mark.django_db
def test_what_a_person_has_amended_is_not_overwritten(folder):
    load(folder)
    registrar.amend_right(Right.objects.get(reference="GI00767"), by=OFFICER, registration_no="4409718")
    output, errors = load(write_files(folder, changed("gi_products.csv", 1, note="new")))
    assert errors == ""
    assert "0 changed, 1 unchanged, 1 kept as amended in the register" in output
    right = Right.objects.get(reference="GI00767")
    assert (right.registration_no, right.note) == ("4409718", "")


@pytest.mark.django_db
def test_what_a_person_has_entered_is_not_missing_from_the_file(folder):
    load(folder)
    product = registrar.enter_product(by=OFFICER, number=900000, name_zh="安化红茶", category="tea")
    registrar.enter_right(product, by=OFFICER, reference="R1", track="gi_product", status="reported", basis="sourced")
    output, _errors = load(folder)
    assert "no longer in the file" not in output


BAD_ROWS = [
    ("gi_products.csv", {"category": "gold"}, "category: unknown word 'gold'"),
    ("gi_products.csv", {"status": "revoked"}, "status: unknown word 'revoked'"),
    ("gi_products.csv", {"division_codes": "430923;999999"}, "division 999999 is unknown"),
    ("gi_products.csv", {"announcement_date": "2010-02-30"}, "'2010-02-30' is not a date of the calendar"),
    ("gi_products.csv", {"year": "2999", "announcement_date": ""}, "year: 2999 lies in the future"),
    ("gi_products.csv", {"source_ids": "S1;S9"}, "S9 is not in the list of sources"),
    ("gi_products.csv", {"announcement_no": "nothing"}, "'nothing' is not an announcement number"),
    ("gi_products.csv", {"id": "365"}, "id: '365' is not GI and five digits"),
    ("gi_products.csv", {"note": "x" * 401}, "note: "),
    ("gi_products.csv", {"province": "湖北"}, "province '湖北' is unknown"),
    ("poverty_counties.csv", {"province": "湖北省"}, "province '湖北省' is unknown"),
    ("poverty_counties.csv", {"level": "local"}, "level: unknown word 'local'"),
    ("revitalisation_counties_160.csv", {"announced_on": "2021"}, "announced_on: '2021' is not a full date"),
    ("mutual_recognition/agreements.csv", {"signed_on": "soon"}, "signed_on: 'soon' is not a date"),
    ("mutual_recognition/listings.csv", {"status": "maybe"}, "status: unknown words 'maybe'"),
    ("mutual_recognition/listings.csv", {"agreement_code": "CN-XX"}, "agreement 'CN-XX' is unknown"),
    ("enterprises.csv", {"gi_id": "GI99999"}, "gi_id: GI99999 is not in the register"),
    ("enterprises.csv", {"uscc": "123"}, "uscc: 123"),
    ("decision_authorities.csv", {"province_code": "990000"}, "990000 is no province of today"),
    ("decision_authorities.csv", {"effective_from": "2022"}, "'2022' is no date"),
    ("decision_authorities.csv", {"effective_to": "2022-01-01"}, "effective_to is not after effective_from"),
    ("decision_authorities.csv", {"source": ""}, "source is empty"),
    ("divisions.csv", {"level": "village"}, "unknown level 'village'"),
    ("sources.csv", {"title": ""}, "title"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "cells", "reason"), BAD_ROWS)
def test_a_bad_row_is_refused_with_file_line_and_reason(tmp_path, file, cells, reason):
    output, errors = load(write_files(tmp_path, changed(file, 0, **cells)))
    assert any(line.startswith(f"{file}:2: ") and reason in line for line in errors.splitlines()), errors
    assert "refused; all others are loaded." in errors
    # Everything that does not rest on the refused row is there.
    assert ListedUnit.objects.exists() or file in ("divisions.csv", "poverty_counties.csv")
    assert "enterprises.csv" in output


@pytest.mark.django_db
def test_the_other_rows_load_beside_a_bad_one(tmp_path):
    _output, errors = load(write_files(tmp_path, changed("gi_products.csv", 1, category="gold")))
    assert errors == (
        "gi_products.csv:3: category: unknown word 'gold'\n1 rows were refused; all others are loaded.\n"
    )
    assert [right.reference for right in Right.objects.all()] == ["GI00365"]
    assert Authorisation.objects.get().product.number == 365


@pytest.mark.django_db
def test_a_row_refused_by_the_database_leaves_no_journal_entry(folder):
    load(folder)
    registrar.enter_product(by=OFFICER, number=9, name_zh="安化红茶", category="tea",
                            province=Division.objects.get(code="430000"))  # fmt: skip
    rows = [*ROWS["gi_products.csv"], PRODUCT | {"id": "GI00500", "name_zh": "安化红茶"}]
    _output, errors = load(write_files(folder, {"gi_products.csv": rows}))
    assert errors.startswith("gi_products.csv:4: ")
    assert not JournalEntry.objects.filter(subject_id__in=["500", "GI00500"]).exists()
    call_command("verify_journal", stdout=io.StringIO())


BAD_FILES = [
    ("enterprises.csv", "安化".encode("gb18030"), "enterprises.csv:1: not UTF-8"),
    ("divisions.csv", b"code,name_zh\n1,2\n", "divisions.csv: column 'level' is missing"),
    ("sources.csv", b"source_id,kind,title,date,note\nS1,,a,,\nS1,,b,,\n", "sources.csv:3: source_id 'S1' stands"),
    ("sources.csv", b"source_id,kind,title,date,note\nS1,a\n", "sources.csv:2: 2 fields where the header has 5"),
    ("gi_products.csv", b"id\x00", "gi_products.csv:1: NUL byte"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "content", "fault"), BAD_FILES)
def test_an_unreadable_file_changes_nothing_at_all(folder, file, content, fault):
    (folder / file).write_bytes(content)
    output, errors = load(folder)
    assert output == ""
    assert fault in errors
    assert errors.endswith("Files that cannot be read. Nothing was changed.\n")
    assert set(counts().values()) == {0}


@pytest.mark.django_db
def test_all_unreadable_files_are_named_at_once(folder):
    (folder / "sources.csv").unlink()
    (folder / "enterprises.csv").write_bytes(b"")
    _output, errors = load(folder)
    assert "sources.csv: cannot be read (No such file or directory)" in errors
    assert "enterprises.csv: column 'id' is missing" in errors


@pytest.mark.django_db
def test_a_load_that_is_broken_off_leaves_nothing_behind(folder, monkeypatch):
    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("enterprises.enrolment.enter_authorisation", killed)
    with pytest.raises(KeyboardInterrupt):
        load(folder)
    assert set(counts().values()) == {0}


@pytest.mark.django_db
def test_an_old_code_leads_to_the_division_of_today(tmp_path):
    load(write_files(tmp_path, changed("gi_products.csv", 0, division_codes="432325")))
    area = ProtectedArea.objects.get(right__reference="GI00365")
    assert (area.division.code, area.basis_note) == ("430923", "code 432325 in the source")


@pytest.mark.django_db
def test_a_county_that_becomes_a_city_keeps_its_code(folder):
    load(folder)
    rows = changed("divisions.csv", 2, status="historic", valid_to="2030", successor_code="430923",
                   successor_name="安化市")  # fmt: skip
    rows["divisions.csv"][3] |= {"successor_name": "安化市"}
    rows["divisions.csv"].append(DIVISION | {"code": "430923", "name_zh": "安化市", "name_pinyin": "Anhua Shi",
                                             "name_en": "Anhua City", "level": "county", "parent_code": "430900"})
    output, errors = load(write_files(folder, rows))
    assert errors == ""
    assert "divisions: 5 rows, 1 added, 2 changed, 2 unchanged" in output
    assert Division.objects.current().get(code="430923").name_zh == "安化市"
    assert ProtectedArea.objects.get(right__reference="GI00365", effective_to=None).division.name_zh == "安化市"
    assert ProtectedArea.objects.filter(right__reference="GI00365", division__name_zh="安化县").exists()
