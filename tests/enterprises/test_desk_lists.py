"""Poverty lists at the desk: everybody there reads them, officers keep them by hand and by file."""

import datetime
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from gi_registry.models import JournalEntry
from products import list_cells, list_registrar
from products.models import ListedUnit, ListImport, PovertyList
from tests.case_world import make_world
from tests.factories import make_division, make_listed_unit
from tests.page_words import words as text_of
from tests.products.test_list_imports import ANHUA, TAOJIANG, as_csv, as_xlsx

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
UNIT = {
    "name_zh": "桃江县", "code_then": "430922", "province": "湖南省", "code": "430922", "level": "provincial",
    "area": "", "designated_on": "2012-03-19", "exited": "2018", "exit_basis": "sourced", "list_basis": "sourced",
    "source": "", "note": "",
}  # fmt: skip


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def poverty_list(world):
    officer = world.actor("officer")
    found = list_registrar.enter_poverty_list(
        by=officer, slug="test", name_zh="测试名录", name_en="Test list", official_size=3, note="One is not known."
    )
    values, _faults = list_cells.read(ANHUA, list_cells.Places(["430923"]))
    list_registrar.enter_listed_unit(found, by=officer, **values)
    return found


@pytest.fixture
def unit(poverty_list):
    return ListedUnit.objects.get()


def signed_in(world, name):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


@pytest.fixture
def officer(world):
    return signed_in(world, "officer")


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def typed(client, page):
    """What the form of a page would send if nobody touched it."""
    form = client.get(page).context["form"]
    values = {field.name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)}


def send(client, content, name="units.csv", **more):
    data = {"file": SimpleUploadedFile(name, content), "kind": "correction", "basis": "Document 1"} | more
    return client.post(address("desk_list_import", "test"), {"nonce": str(uuid.uuid4())} | data)


def version(world, poverty_list, day=None, size=2):
    return list_registrar.publish_version(
        poverty_list, by=world.actor("officer"), effective_from=day or TODAY(), official_size=size, basis="Document 2"
    )


def put_on(poverty_list, province, number):
    make_listed_unit(poverty_list, make_division(f"11{number + 101:04}", level="county", parent=province))


# --- Reading ---


def test_every_list_stands_there_with_what_is_on_record(world, poverty_list, officer):
    ListedUnit.objects.create(
        poverty_list=poverty_list, added_in=poverty_list.versions.get(), key="洪江区", name_zh="洪江区",
        province=world.province, list_basis="sourced",
    )  # fmt: skip
    page = officer.get(address("desk_lists"))
    line = page.context["lines"][0]
    assert (line.units, line.loose, line.version.number) == (2, 1, 1)
    assert "Test list version 1 3 2 1" in text_of(page)
    assert address("desk_list_new") in page.content.decode()


def test_a_list_shows_facts_versions_units_and_history(world, poverty_list, officer):
    words = text_of(officer.get(address("desk_list", "test")))
    assert "One is not known." in words
    assert "Version 1 holds today" in words
    assert "安化县 430923 Anhua County 430923 2018" in words
    assert "Poverty list entered" in words
    assert "Listed unit entered: 安化县" in words


@pytest.mark.parametrize(
    ("text", "found"),
    [("安化", 1), ("43092", 2), ("湖南", 2), ("益阳", 2), ("Taojiang", 1), ("桃江 湖南", 1), ("北京", 0), ("50%_", 0)],
)
def test_units_are_found_by_name_code_and_place(world, poverty_list, officer, text, found):
    values, _faults = list_cells.read(TAOJIANG, list_cells.Places(["430922"]))
    list_registrar.enter_listed_unit(poverty_list, by=world.actor("officer"), **values)
    page = officer.get(address("desk_list", "test"), {"q": text})
    assert page.context["page"].paginator.count == found


def test_units_of_a_long_list_come_in_pages_by_province(world, poverty_list, officer):
    for number in range(120):
        put_on(poverty_list, world.elsewhere, number)
    first = officer.get(address("desk_list", "test"))
    second = officer.get(address("desk_list", "test"), {"page": 2})
    assert (len(first.context["page"].object_list), len(second.context["page"].object_list)) == (100, 21)
    assert "Hunan Province" not in text_of(first)
    assert "Hunan Province" in text_of(second)


def test_a_page_of_units_takes_the_same_queries_however_many(
    world, poverty_list, officer, django_assert_max_num_queries
):
    for number in range(60):
        put_on(poverty_list, world.elsewhere, number)
    officer.get(address("desk_list", "test"))  # what waits beside the page is counted once, then kept
    with django_assert_max_num_queries(22):
        officer.get(address("desk_list", "test"))


@pytest.mark.parametrize("name", ["reviewer", "reviewer_elsewhere", "approver", "auditor"])
def test_who_only_reads_finds_no_button_and_no_form(world, poverty_list, unit, name):
    client = signed_in(world, name)
    for page in (address("desk_lists"), address("desk_list", "test"), address("desk_unit_edit", "test", unit.pk)):
        answer = client.get(page)
        assert answer.status_code == 200
        assert 'method="post"' not in answer.content.decode().split("</header>", 1)[1].split("<footer")[0]
        assert "/new/" not in answer.content.decode()


@pytest.mark.parametrize("name", ["reviewer", "approver", "auditor", "owner", "editor"])
def test_who_does_not_keep_the_register_reaches_no_form(world, poverty_list, unit, officer, name):
    send(officer, as_csv(TAOJIANG))
    nonce, client = ListImport.objects.get().nonce, signed_in(world, name)
    for page in (
        address("desk_list_new"), address("desk_list_edit", "test"), address("desk_version_new", "test"),
        address("desk_unit_new", "test"), address("desk_unit_drop", "test", unit.pk),
        address("desk_list_import", "test"), address("desk_list_import_preview", nonce),
    ):  # fmt: skip
        assert (client.get(page).status_code, client.post(page, UNIT).status_code) == (404, 404), page
    assert client.post(address("desk_unit_edit", "test", unit.pk), UNIT).status_code == 404
    assert (PovertyList.objects.count(), ListedUnit.objects.count()) == (1, 1)


def test_what_does_not_exist_is_not_found(poverty_list, unit, officer):
    other = list_registrar.PovertyList.objects.create(slug="other", name_zh="他", name_en="Other", official_size=1)
    for page in (
        address("desk_list", "nowhere"), address("desk_unit_edit", other.slug, unit.pk),
        address("desk_list_import_preview", uuid.uuid4()), address("desk_list_file", "test", "json"),
    ):  # fmt: skip
        assert officer.get(page).status_code == 404


# --- Lists and versions by hand ---


def test_a_new_list_is_entered_once_however_often_it_is_sent(world, officer):
    values = {"slug": "hunan-15", "name_zh": "湖南重点县", "name_en": "Hunan 15", "published": "2021-09",
              "official_size": "１５", "note": ""}  # fmt: skip
    for _time in range(2):
        answer = officer.post(address("desk_list_new"), values)
        assert answer.url == address("desk_list", "hunan-15")
    found = PovertyList.objects.get()
    assert (found.official_size, found.published_on, found.published_precision) == (
        15, datetime.date(2021, 9, 30), "month",
    )  # fmt: skip
    assert found.versions.get().official_size == 15


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"slug": "test"}, "slug", "There is a list with this address already."),
        ({"slug": "import"}, "slug", "This word is taken by another page."),
        ({"slug": "with blank"}, "slug", "valid"),
        ({"published": "next year"}, "published", "is no date"),
        ({"published": str(TODAY().year + 1)}, "published", "lies in the future"),
        ({"official_size": "0"}, "official_size", "Write a whole number"),
        ({"official_size": "100000"}, "official_size", "At most 9999."),
        ({"name_zh": ""}, "name_zh", "required"),
    ],
)
def test_a_wrong_list_is_told_beside_the_field_with_what_was_typed(poverty_list, officer, change, field, sentence):
    values = {"slug": "other", "name_zh": "其他", "name_en": "Kept text", "published": "", "official_size": "3"}
    values |= change
    page = officer.post(address("desk_list_new"), values)
    assert sentence in " ".join(page.context["form"].errors[field])
    assert 'value="Kept text"' in page.content.decode()
    assert PovertyList.objects.count() == 1


def test_a_correction_of_the_list_is_kept_with_its_history(poverty_list, officer):
    page = address("desk_list_edit", "test")
    officer.post(page, typed(officer, page) | {"official_size": "51", "published": "2014"})
    poverty_list.refresh_from_db()
    assert (poverty_list.official_size, poverty_list.versions.get().official_size) == (51, 51)
    assert "Official size: 3 → 51" in text_of(officer.get(address("desk_list", "test")))


def test_sending_a_form_untouched_leaves_no_trace(poverty_list, unit, officer):
    before = JournalEntry.objects.count()
    for page in (address("desk_list_edit", "test"), address("desk_unit_edit", "test", unit.pk)):
        assert officer.post(page, typed(officer, page)).status_code == 302
    assert JournalEntry.objects.count() == before


def test_a_second_officer_who_corrects_the_same_list_is_told(poverty_list, officer):
    page = address("desk_list_edit", "test")
    mine, theirs = typed(officer, page), typed(officer, page) | {"note": "Theirs"}
    officer.post(page, theirs)
    answer = officer.post(page, mine | {"note": "Mine"})
    assert answer.status_code == 409
    assert "Remark: Theirs" in text_of(answer)
    poverty_list.refresh_from_db()
    assert poverty_list.note == "Theirs"


def test_a_new_version_begins_with_the_units_of_the_one_before(poverty_list, officer):
    values = {"effective_from": TODAY().isoformat(), "official_size": "160", "basis": "Document 2"}
    for _time in range(2):
        assert officer.post(address("desk_version_new", "test"), values).status_code == 302
    assert list(poverty_list.versions.values_list("number", "official_size")) == [(1, 3), (2, 160)]
    words = text_of(officer.get(address("desk_list", "test")))
    assert "Version 2 holds today" in words
    assert "officially 160 units" in words
    assert "Units of today 1" in words


@pytest.mark.parametrize(
    ("change", "field"),
    [({"effective_from": "2999-01-01"}, "effective_from"), ({"effective_from": ""}, "effective_from"),
     ({"effective_from": "2020-01-01"}, "effective_from"), ({"basis": ""}, "basis")],
)  # fmt: skip
def test_a_wrong_version_is_told_beside_the_field(world, poverty_list, officer, change, field):
    version(world, poverty_list, datetime.date(2021, 8, 27))
    values = {"effective_from": TODAY().isoformat(), "official_size": "160", "basis": "Document 3"} | change
    page = officer.post(address("desk_version_new", "test"), values)
    assert list(page.context["form"].errors) == [field]
    assert poverty_list.versions.count() == 2


# --- Units by hand ---


def test_a_unit_is_added_once_and_its_history_begins(poverty_list, officer):
    for _time in range(2):
        answer = officer.post(address("desk_unit_new", "test"), UNIT)
        assert answer.status_code == 302
    unit = ListedUnit.objects.get(name_zh="桃江县")
    assert (unit.key, unit.divisions.get().code, unit.exited_precision) == ("430922 桃江县", "430922", "year")
    assert "Listed unit entered" in text_of(officer.get(answer.url))


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"code": "999999"}, "code", "No division has the code 999999."),
        ({"code": "110000"}, "code", "110000 is 北京市 in 北京市, not in 湖南省."),
        ({"name_zh": "安化县", "level": "national"}, "name_zh", "430923 安化县 is on the list already"),
        ({"code_then": "430923"}, "name_zh", "430923 安化县 is on the list already"),
        ({"exited": "2011"}, "exited", "cannot have left the list"),
        ({"exit_basis": ""}, "exit_basis", "Write how well the exit is supported."),
        ({"area": "somewhere"}, "area", "Select a valid choice"),
        ({"province": ""}, "province", "required"),
        ({"designated_on": "last year"}, "designated_on", "Write the day like this"),
    ],
)
def test_a_wrong_unit_is_told_beside_the_field_with_what_was_typed(poverty_list, officer, change, field, sentence):
    page = officer.post(address("desk_unit_new", "test"), UNIT | {"note": "Kept text"} | change)
    assert sentence in " ".join(page.context["form"].errors[field])
    assert "Kept text" in page.content.decode()
    assert ListedUnit.objects.count() == 1


def test_a_corrected_unit_shows_what_stood_there_before(world, poverty_list, unit, officer):
    page = address("desk_unit_edit", "test", unit.pk)
    change = {"code": "430923 430922", "exited": "2018-08-05", "key_county": ""}
    assert officer.post(page, typed(officer, page) | change).status_code == 302
    unit.refresh_from_db()
    assert {one.code for one in unit.divisions.all()} == {"430923", "430922"}
    words = text_of(officer.get(page))
    assert "Divisions: 安化县 430923 → 安化县 430923、桃江县 430922" in words
    assert "Left the list: how exactly: year → day" in words
    assert "Key county: yes → no" in words


def test_a_division_of_the_past_stays_where_it_was_entered(world, poverty_list, unit, officer):
    past = make_division(
        "432324", "旧安化县", parent=world.prefecture, status="historic", successor=world.county
    )
    unit.divisions.set([past])
    page = address("desk_unit_edit", "test", unit.pk)
    assert "of the past; today Anhua County" in text_of(officer.get(page))
    assert typed(officer, page)["code"] == "430923"
    officer.post(page, typed(officer, page) | {"note": "only this"})
    assert unit.divisions.get() == past


def test_a_second_officer_who_corrects_the_same_unit_is_told_and_can_send_again(poverty_list, unit, officer):
    page = address("desk_unit_edit", "test", unit.pk)
    mine, theirs = typed(officer, page) | {"note": "Mine"}, typed(officer, page) | {"note": "Theirs"}
    officer.post(page, theirs)
    answer = officer.post(page, mine)
    assert answer.status_code == 409
    words = text_of(answer)
    assert "Somebody else has changed this since you opened it." in words
    assert "Remark: Theirs" in words
    assert "Mine" in answer.content.decode()
    assert ListedUnit.objects.get().note == "Theirs"
    again = {field.name: field.value() for field in answer.context["form"] if field.value() not in (None, False)}
    assert officer.post(page, again).status_code == 302
    assert ListedUnit.objects.get().note == "Mine"


def test_a_unit_is_dropped_by_a_later_version_only(world, poverty_list, unit, officer):
    page = address("desk_unit_drop", "test", unit.pk)
    assert officer.get(page).url == address("desk_unit_edit", "test", unit.pk)
    refused = officer.post(page)
    assert "can only be dropped by a version later than its own" in text_of(refused)
    version(world, poverty_list)
    assert "the first day of version 2" in text_of(officer.get(page))
    assert officer.post(page).status_code == 302
    words = text_of(officer.get(address("desk_list", "test")))
    assert "Units of today 0" in words
    assert "Stood on it before 1" in words
    assert officer.post(page).status_code == 409


# --- Files ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_to_begin_with_sent_back_changes_nothing(poverty_list, officer, kind):
    content = officer.get(address("desk_list_file", "test", kind)).getvalue()
    answer = send(officer, content, f"units.{kind}")
    words = text_of(officer.get(answer.url))
    assert "The file changes nothing." in words
    assert "1 Unchanged" in words


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_a_file_is_shown_before_it_is_applied(world, poverty_list, officer, make):
    answer = send(officer, make(ANHUA | {"exited": "2019", "key_county": "0"}, TAOJIANG))
    page = officer.get(answer.url)
    words = text_of(page)
    assert "Left the list: 2018 → 2019" in words
    assert "Key county: yes → no" in words
    assert "桃江县 Hunan Province 430922 桃江县 430922 3" in words
    assert ListedUnit.objects.count() == 1
    done = officer.post(answer.url, {"base": page.context["found"].base})
    assert done.url == address("desk_list", "test")
    assert ListedUnit.objects.count() == 2
    assert "This file was applied on" in text_of(officer.get(answer.url))
    assert officer.post(answer.url, {"base": "anything"}).status_code == 302
    assert JournalEntry.objects.filter(event_type="listed_unit.entered").count() == 2


def test_a_correction_names_what_the_file_lacks_and_keeps_it(poverty_list, officer):
    answer = send(officer, as_csv(TAOJIANG))
    page = officer.get(answer.url)
    assert "Missing in the file 1 These stay on the list" in text_of(page)
    officer.post(answer.url, {"base": page.context["found"].base})
    assert ListedUnit.objects.filter(dropped_in=None).count() == 2


def test_a_new_version_drops_what_the_file_lacks(poverty_list, officer):
    more = {"kind": "version", "version_from": TODAY().isoformat(), "version_size": "160"}
    answer = send(officer, as_csv(TAOJIANG), **more)
    page = officer.get(answer.url)
    assert "officially 160 units: what the file lacks is dropped" in text_of(page)
    assert "Dropped 1 From the first day" in text_of(page)
    officer.post(answer.url, {"base": page.context["found"].base})
    assert [unit.name_zh for unit in ListedUnit.objects.on()] == ["桃江县"]


def test_a_file_with_a_fault_is_shown_with_every_line_and_no_button(poverty_list, officer):
    answer = send(officer, as_csv(ANHUA | {"code": "999999"}, TAOJIANG | {"exited": "2011"}, columns=[*ANHUA, "extra"]))
    page = officer.get(answer.url)
    words = text_of(page)
    assert "line 2 code No division has the code 999999." in words
    assert "line 3 exited The unit cannot have left the list (2011)" in words
    assert "not known here and are ignored: extra." in words
    assert 'name="base"' not in page.content.decode()
    forced = officer.post(answer.url, {"base": page.context["found"].base})
    assert "The file has faults: nothing of it can be applied." in text_of(forced)
    assert ListedUnit.objects.count() == 1


def test_differences_of_a_list_that_changed_meanwhile_are_shown_anew(world, poverty_list, unit, officer):
    answer = send(officer, as_csv(ANHUA | {"note": "file"}))
    shown = officer.get(answer.url).context["found"].base
    list_registrar.amend_listed_unit(unit, by=world.actor("officer"), note="by hand")
    refused = officer.post(answer.url, {"base": shown})
    assert refused.status_code == 409
    assert "The list has changed meanwhile." in text_of(refused)
    assert "Remark: by hand → file" in text_of(refused)
    assert ListedUnit.objects.get().note == "by hand"
    officer.post(answer.url, {"base": refused.context["found"].base})
    assert ListedUnit.objects.get().note == "file"


@pytest.mark.parametrize(
    ("content", "more", "field", "sentence"),
    [
        (b"", {}, "file", "The column “code” is missing."),
        (b"x" * (2 * 1024 * 1024 + 1), {}, "file", "The file is larger than 2 MB."),
        (b"name_zh\n\xb0\xb2", {}, "file", "is not UTF-8"),
        (as_csv(ANHUA), {"basis": ""}, "basis", "required"),
        (as_csv(ANHUA), {"kind": "version"}, "version_from", "A new version needs this."),
        (as_csv(ANHUA), {"kind": "version", "version_from": "2999-01-01"}, "version_from", "lies in the future"),
        (as_csv(ANHUA), {"kind": "version", "version_from": "2021-08-27", "version_size": "many"}, "version_size",
         "Write a whole number"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_taken_is_told_beside_the_field(poverty_list, officer, content, more, field, sentence):
    page = send(officer, content, **({"version_size": "160"} | more))
    assert sentence in " ".join(page.context["form"].errors[field])
    assert "Please choose the file again" in text_of(page)
    assert ListImport.objects.count() == 0


def test_a_form_sent_twice_keeps_one_file(poverty_list, officer):
    nonce = str(uuid.uuid4())
    first, again = (send(officer, as_csv(TAOJIANG), nonce=nonce) for _time in range(2))
    assert first.url == again.url == address("desk_list_import_preview", nonce)
    assert ListImport.objects.count() == 1
