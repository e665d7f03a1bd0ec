"""The three systems behind a product: who keeps them, what is kept, and what the public reads of them on a day."""

import contextlib
import datetime
import html
import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gi_registry import csv_files
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.management.commands.load_reference import REFERENCE
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import record_facts, system_facts, system_models, systems
from products.case_states import RequirementPart
from products.reference_systems import COLUMNS, FILE, KEYS
from products.states import StandardKind
from products.system_models import CheckItem, Standard
from products.system_values import STANDARD_VALUES, stored
from products.system_words import StandardState, doubt, state_of, tidy_number
from tests import factories as make
from tests.case_world import OFFICIALS, make_world
from tests.reference_files import write_files

pytestmark = pytest.mark.django_db
DAY = datetime.date
HUNAN_LOCAL = {"number": "DB43/T 1000-2015", "title": "地理标志产品 安化黑茶", "kind": StandardKind.LOCAL}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def officer(world):
    return world.actor("officer")


def standard(by, number="GB/T 32719.1-2016", **values):
    return systems.enter_standard(by=by, number=number, **({"title": "黑茶", "kind": "national"} | values))


def local(world, name="approver", **values):
    return systems.enter_standard(by=world.actor(name), **(HUNAN_LOCAL | {"division": world.province} | values))


def body(world, name="officer", **values):
    own = {"name_zh": "湖南省某检验所", "division": world.province} | values
    return systems.enter_body(by=world.actor(name), **own)


def scope(world, found, name="officer", **values):
    own = {"product": world.product, "division": world.province, "certificate": "CMA 1", "items": "水分"}
    own |= {"effective_from": DAY(2020, 1, 1)} | values
    return systems.enter_scope(found, by=world.actor(name), **own)


def check(world, name="officer", **values):
    own = {"part": RequirementPart.TRAITS, "text": "水分≤12%", "effective_from": DAY(2020, 1, 1)} | values
    return systems.enter_check(world.product, by=world.actor(name), **own)


def refused(code, call, *args, **kwargs):
    before = JournalEntry.objects.count()
    with pytest.raises(MoveRefused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code
    assert JournalEntry.objects.count() == before


def last_entry(event):
    return JournalEntry.objects.filter(event_type=event).first()


# --- Numbers ---


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ＧＢ／Ｔ22444—2008", "GB/T 22444-2008"), ("gb/t 17924 – 2008", "GB/T 17924-2008"),
        ("DB43/T1234-2017", "DB43/T 1234-2017"), ("DBS43/001-2015", "DBS43/ 001-2015"),
        ("T/CTMA001-2019", "T/CTMA 001-2019"), ("Q/ABC001S-2018", "Q/ABC 001S-2018"),
        ("DB43 123-2017", "DB43 123-2017"),
    ],
)  # fmt: skip
def test_a_number_is_kept_in_one_way(typed, kept):
    assert tidy_number(typed) == kept
    assert tidy_number(kept) == kept


@pytest.mark.parametrize(
    ("kind", "number", "place", "is_fine"),
    [
        ("national", "GB/T 22444-2008", "", True), ("national", "DB43/T 1-2008", "", False),
        ("industry", "NY/T 1234-2020", "", True), ("industry", "GB/T 1234-2020", "", False),
        ("local", "DB43/T 1234-2017", "430000", True), ("local", "DB4309/T 12-2021", "430900", True),
        ("local", "DB42/T 1234-2017", "430000", False), ("local", "DBS43/ 001-2015", "430000", True),
        ("group", "T/CTMA 001-2019", "", True), ("group", "CTMA 001-2019", "", False),
        ("enterprise", "Q/ABC 001S-2018", "", True), ("national", "GB/T 22444", "", False),
    ],
)  # fmt: skip
def test_a_number_that_does_not_fit_its_kind_is_doubted(kind, number, place, is_fine):
    assert bool(doubt(kind, number, place)) is not is_fine


def test_a_doubtful_number_is_kept_all_the_same(officer):
    assert standard(officer, "原标 7").number == "原标 7"


@pytest.mark.parametrize(
    ("first", "end", "successor", "state"),
    [
        (DAY(2020, 1, 1), None, False, StandardState.IN_FORCE), (DAY(2020, 1, 2), None, False, StandardState.COMING),
        (DAY(2019, 1, 1), DAY(2020, 1, 2), True, StandardState.IN_FORCE), (None, None, False, StandardState.UNDATED),
        (DAY(2019, 1, 1), DAY(2020, 1, 1), True, StandardState.REPLACED),
        (DAY(2019, 1, 1), DAY(2020, 1, 1), False, StandardState.ENDED),
        (None, DAY(2020, 1, 1), False, StandardState.ENDED),
    ],
)  # fmt: skip
def test_state_of_a_standard_on_its_edges(officer, first, end, successor, state):
    on = DAY(2020, 1, 1)
    assert state_of(first, end, on, has_successor=successor) == state
    new = standard(officer, "GB/T 2-2030") if successor else None
    row = standard(officer, effective_from=first, effective_to=end, replaced_by=new)
    answers = {one for one in StandardState if row in system_facts.standards(state=one, on=on)}
    assert answers == {state}, "the database answers like the rule"


# --- Who keeps what ---

MINE, OTHERS, NATIONAL = "430000", "110000", ""


@pytest.mark.parametrize("name", OFFICIALS)
@pytest.mark.parametrize("kind", StandardKind.values)
@pytest.mark.parametrize("place", [MINE, OTHERS, NATIONAL])
def test_who_enters_a_standard(world, name, kind, place):
    division = {MINE: world.province, OTHERS: world.elsewhere, NATIONAL: None}[place]
    home = {"approver": MINE, "approver_elsewhere": OTHERS}.get(name)
    allowed = name == "officer" or (home == place and kind == StandardKind.LOCAL)
    values = {"by": world.actor(name), "number": "X 1", "title": "x", "kind": kind, "division": division}
    if allowed:
        assert systems.enter_standard(**values).version == 1
    else:
        refused("not_permitted", systems.enter_standard, **values)
        assert not Standard.objects.exists()


@pytest.mark.parametrize("name", OFFICIALS)
def test_who_keeps_bodies_scopes_and_checks_of_hunan(world, name):
    by, allowed = world.actor(name), name in ("officer", "approver")
    found = body(world)
    certified, checked = scope(world, found), check(world)
    calls = [
        (systems.enter_body, (), {"name_zh": "又一所", "division": world.county}),
        (systems.amend_body, (found,), {"name_en": "New name"}),
        (systems.enter_scope, (found,), {"product": world.product, "division": world.county, "certificate": "2",
                                         "effective_from": DAY(2021, 1, 1)}),
        (systems.amend_scope, (certified,), {"effective_to": DAY(2022, 1, 1)}),
        (systems.enter_check, (world.product,), {"part": "name", "text": "x", "effective_from": DAY(2021, 1, 1)}),
        (systems.amend_check, (checked,), {"method": "GB 5009.3"}),
    ]  # fmt: skip
    for call, args, values in calls:
        if allowed:
            assert call(*args, by=by, **values)
        else:
            refused("not_permitted", call, *args, by=by, **values)


def test_a_province_cannot_reach_out_by_a_change(world):
    approver = world.actor("approver")
    row, found = local(world), body(world, "approver")
    foreign = make.make_product("北京鸭梨", province=world.elsewhere)
    for values in ({"kind": StandardKind.NATIONAL}, {"division": world.elsewhere}, {"division": None},
                   {"products": {foreign}}):  # fmt: skip
        refused("not_permitted", systems.amend_standard, row, by=approver, **values)
    refused("not_permitted", systems.amend_body, found, by=approver, division=world.elsewhere)
    refused("not_permitted", scope, world, found, "approver", division=None)
    refused("not_permitted", scope, world, found, "approver", product=foreign)


def test_the_load_of_reference_data_keeps_standards_too(world):
    assert standard(Actor.system("load_reference"), products={world.product}).products.get() == world.product


# --- Standards ---


def test_a_standard_is_entered_with_its_journal_entry(world, officer):
    day = DAY(2016, 6, 1)
    row = standard(officer, " gb/t32719 — 2016 ", products={world.product}, effective_from=day, source="list")
    entry = last_entry(EventType.STANDARD_ENTERED)
    assert (entry.subject_kind, entry.subject_id) == ("standard", str(row.pk))
    assert entry.subject_label == "GB/T 32719-2016 黑茶"
    assert entry.payload["values"]["products"] == [365]
    assert (entry.effective_on, entry.source) == (day, "list")


def test_the_same_form_twice_makes_one_standard_and_other_words_are_refused(officer):
    first = standard(officer)
    assert standard(officer, "GB/T32719.1—2016") == first
    assert JournalEntry.objects.filter(event_type=EventType.STANDARD_ENTERED).count() == 1
    refused("number_taken", standard, officer, title="红茶")
    other = standard(officer, "GB/T 9-2020")
    refused("number_taken", systems.amend_standard, other, by=officer, number="GB/T 32719.1-2016")


def test_a_correction_tells_what_stood_before_and_leaves_no_trace_without_difference(officer):
    row = standard(officer)
    assert systems.amend_standard(row, by=officer, version=1, title="黑茶 第1部分")
    assert last_entry(EventType.STANDARD_AMENDED).payload == {
        "changes": {"title": {"before": "黑茶", "after": "黑茶 第1部分"}}
    }
    assert not systems.amend_standard(row, by=officer, version=2, **stored(row, STANDARD_VALUES))
    assert JournalEntry.objects.filter(event_type=EventType.STANDARD_AMENDED).count() == 1


def test_a_page_that_is_out_of_date_is_told(officer):
    row = standard(officer)
    systems.amend_standard(row, by=officer, version=1, title="A")
    refused("someone_was_faster", systems.amend_standard, row, by=officer, version=1, title="B")
    assert Standard.objects.get().title == "A"


def test_a_replaced_standard_ends_when_its_successor_begins(officer):
    new = standard(officer, "GB/T 2-2020", effective_from=DAY(2020, 7, 1))
    old = standard(officer, "GB/T 1-2000", effective_from=DAY(2000, 1, 1), replaced_by=new)
    assert old.effective_to == DAY(2020, 7, 1)
    on = system_facts.line_of(old, DAY(2020, 6, 30)), system_facts.line_of(old, DAY(2020, 7, 1))
    assert [line.state for line in on] == [StandardState.IN_FORCE, StandardState.REPLACED]


def test_unless_another_day_is_told(officer):
    new = standard(officer, "GB/T 2-2020", effective_from=DAY(2020, 7, 1))
    old = standard(officer, "GB/T 1-2000", replaced_by=new, effective_to=DAY(2021, 1, 1))
    systems.amend_standard(new, by=officer, effective_from=DAY(2020, 8, 1))
    old.refresh_from_db()
    assert old.effective_to == DAY(2021, 1, 1)


@pytest.mark.parametrize("before", [None, DAY(2020, 7, 1)])
def test_the_end_follows_when_the_first_day_of_the_successor_is_corrected(officer, before):
    new = standard(officer, "GB/T 2-2020", effective_from=before)
    old = standard(officer, "GB/T 1-2000", replaced_by=new)
    systems.amend_standard(new, by=officer, version=1, effective_from=DAY(2020, 8, 1))
    old.refresh_from_db()
    assert (old.effective_to, old.version) == (DAY(2020, 8, 1), 2)
    assert last_entry(EventType.STANDARD_AMENDED).subject_id == str(old.pk)


def test_successors_never_make_a_circle(officer):
    third = standard(officer, "C 3")
    second = standard(officer, "B 2", replaced_by=third)
    first = standard(officer, "A 1", replaced_by=second)
    for row, successor in ((first, first), (third, first), (second, first)):
        refused("wrong_successor", systems.amend_standard, row, by=officer, replaced_by=successor)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"effective_from": DAY(2020, 1, 2), "effective_to": DAY(2020, 1, 1)}, "wrong_end"),
        ({"issued_on": DAY(2020, 1, 2), "effective_from": DAY(2020, 1, 1)}, "wrong_day"),
        ({"effective_from": DAY(1900, 1, 1)}, "wrong_day"), ({"title": " "}, "words_missing"),
    ],
)  # fmt: skip
def test_days_that_cannot_be(officer, values, code):
    refused(code, standard, officer, **values)
    row = standard(officer, "GB/T 3-2020")
    if "title" not in values:
        refused(code, systems.amend_standard, row, by=officer, **values)


# --- Testing bodies and scopes ---


def test_a_scope_tells_of_body_and_product_and_counts_in_the_version_of_the_body(world, officer):
    found = body(world)
    row = scope(world, found, version=1)
    entry = last_entry(EventType.TESTING_BODY_AMENDED)
    assert (entry.subject_id, entry.parent_kind, entry.parent_id) == (str(found.pk), "product", "365")
    assert entry.payload["scope"]["certificate"] == "CMA 1"
    assert system_models.TestingBody.objects.get().version == 2
    refused("someone_was_faster", systems.amend_body, found, by=officer, version=1, name_en="x")
    refused("someone_was_faster", systems.amend_scope, row, by=officer, version=1, effective_to=DAY(2021, 1, 1))


def test_the_same_scope_twice_is_one(world):
    found = body(world)
    assert scope(world, found, version=1) == scope(world, found, version=1)
    assert system_models.TestingScope.objects.count() == 1
    refused("number_taken", scope, world, found, items="茶多酚")


def test_a_scope_ends_and_stays_on_record(world, officer):
    row = scope(world, body(world))
    assert systems.amend_scope(row, by=officer, version=2, effective_to=DAY(2022, 1, 1))
    holding = {day: system_facts.scopes_for(world.product, on=day).exists() for day in
               (DAY(2019, 12, 31), DAY(2020, 1, 1), DAY(2021, 12, 31), DAY(2022, 1, 1))}  # fmt: skip
    assert list(holding.values()) == [False, True, True, False]
    refused("wrong_end", systems.amend_scope, row, by=officer, effective_to=DAY(2019, 1, 1))


def test_who_can_test_which_product_in_which_place(world, officer):
    found = body(world)
    for certificate, place in (("all", None), ("province", world.province), ("county", world.county)):
        scope(world, found, division=place, certificate=certificate)
    scope(world, found, division=world.elsewhere, certificate="elsewhere")
    scope(world, found, product=make.make_product("别的茶", province=world.province), certificate="other product")

    def answer(place):
        return {line.scope.certificate: line.whole for line in system_facts.who_can_test(world.product, place)}

    assert answer(world.province) == {"all": True, "province": True, "county": False}
    assert answer(world.county) == {"all": True, "province": True, "county": True}
    assert answer(world.elsewhere) == {"all": True, "elsewhere": True}


# --- Checks ---


def test_a_check_belongs_to_its_product_and_part(world, officer):
    row = check(world, standard=standard(officer))
    entry = last_entry(EventType.CHECK_ITEM_ENTERED)
    assert (entry.subject_kind, entry.parent_id) == ("check_item", "365")
    assert entry.payload["values"]["standard"] == "GB/T 32719.1-2016"
    assert check(world, standard=row.standard) == row
    refused("number_taken", check, world, method="GB 5009.3")
    refused("wrong_part", check, world, part="colour")


def test_a_check_that_ended_may_begin_again(world, officer):
    row = check(world)
    systems.amend_check(row, by=officer, version=1, effective_to=DAY(2021, 1, 1))
    again = check(world, effective_from=DAY(2022, 1, 1))
    assert CheckItem.objects.count() == 2
    refused("number_taken", systems.amend_check, again, by=officer, effective_from=DAY(2020, 6, 1))
    parts = system_facts.systems_of(world.product, DAY(2020, 6, 1)).checks
    assert [(label, [item.pk for item in items]) for label, items in parts] == [
        (RequirementPart.TRAITS.label, [row.pk])
    ]


# --- The record page ---


def test_the_record_shows_the_three_systems_as_on_the_day(client, world, officer):
    new = standard(officer, "GB/T 2-2020", effective_from=DAY(2020, 7, 1), products={world.product})
    standard(officer, "GB/T 1-2000", effective_from=DAY(2000, 1, 1), replaced_by=new, products={world.product})
    scope(world, body(world))
    check(world, text="色泽黑褐")
    today = systems_on_page(client, "/en/products/365/")
    assert today.index("GB/T 2-2020") < today.index("1 standard no longer in force") < today.index("GB/T 1-2000")
    assert "replaced by GB/T 2-2020" in today
    assert "湖南省某检验所" in today
    assert "色泽黑褐" in today
    before = systems_on_page(client, "/en/products/365/?as_of=2010-01-01")
    assert "GB/T 1-2000" in before
    assert "In force" in before
    assert "testing bodies" in before.partition("Not loaded for this product:")[2]
    assert "色泽黑褐" not in before


def systems_on_page(client, address):
    page = client.get(address).content.decode()
    section = re.search('<section class="part" id="requirements">.*?</section>', page, re.S)[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", section)))


def test_the_record_takes_the_same_queries_however_much_is_known(world, officer, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        record_facts.facts_of(365)
    found = body(world)
    for number in range(5):
        standard(officer, f"GB/T {number}-2020", products={world.product}, effective_from=DAY(2020, 1, 1))
        scope(world, found, certificate=str(number))
        check(world, text=str(number))
    with django_assert_num_queries(len(few)):
        record_facts.facts_of(365)


# --- Public lists ---


EVERY = ["DB43/T 1000-2015", "GB/T 1-2000", "GB/T 2-2020"]


@pytest.fixture
def known(world, officer):
    new = standard(officer, "GB/T 2-2020", effective_from=DAY(2020, 7, 1), products={world.product})
    standard(officer, "GB/T 1-2000", effective_from=DAY(2000, 1, 1), replaced_by=new, title="旧茶")
    local(world, effective_from=DAY(2015, 1, 1))
    return world


def numbers(client, query):
    response = client.get(f"/en/standards/{query}{'&' if query else '?'}format=json")
    return [row["number"] for row in json.loads(b"".join(response.streaming_content))["rows"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", EVERY), ("?q=gb/t2", ["GB/T 2-2020"]), ("?q=旧", ["GB/T 1-2000"]), ("?state=nonsense&kind=x", EVERY),
        ("?q=安化黑茶", ["DB43/T 1000-2015", "GB/T 2-2020"]), ("?kind=local", ["DB43/T 1000-2015"]),
        ("?province=430000", ["DB43/T 1000-2015", "GB/T 2-2020"]), ("?province=110000", []),
        ("?state=replaced", ["GB/T 1-2000"]), ("?state=in_force&as_of=2010-01-01", ["GB/T 1-2000"]),
        ("?state=coming&as_of=2019-01-01", ["GB/T 2-2020"]),
    ],
)  # fmt: skip
def test_standards_by_filter(client, known, query, expected):
    assert numbers(client, query) == expected


def test_malformed_values_are_named_and_ignored(client, known):
    for address in ("/en/standards/?as_of=2999-01-01&kind=x&page=x", "/en/testing-bodies/?product=nothing&province=1"):
        response = client.get(address)
        assert response.status_code == 200
        assert response.content.decode().count("and was ignored") == 2
    assert client.get("/en/testing-bodies/999/").status_code == 404


@pytest.mark.parametrize("address", ["/en/standards/", "/en/testing-bodies/"])
def test_lists_take_the_same_queries_for_any_rows(client, world, officer, address, django_assert_num_queries):
    def add(numbers):
        for number in numbers:
            other = make.make_product(f"茶{number}", province=world.province)
            standard(officer, f"GB/T {number}-2020", products={other})
            scope(world, body(world, name_zh=f"第{number}所"), product=other)

    add([1])
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    add(range(2, 8))
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_testing_bodies_by_product_province_and_day(client, world):
    able = body(world)
    scope(world, able, effective_to=DAY(2022, 1, 1))
    body(world, name_zh="没有证书的所")

    def names(query):
        return [row.name_zh for row in client.get(f"/en/testing-bodies/{query}").context["page"]]

    assert names("") == ["没有证书的所", "湖南省某检验所"]
    assert names("?product=365") == []
    assert names("?product=365&as_of=2021-01-01") == ["湖南省某检验所"]
    assert names("?product=安化黑茶&province=430000&as_of=2021-01-01") == ["湖南省某检验所"]
    assert names("?province=110000&as_of=2021-01-01") == []
    assert names("?q=CMA") == ["湖南省某检验所"]
    page = client.get(f"/en/testing-bodies/{able.pk}/").content.decode()
    assert "No scope held on this day." in page
    assert "CMA 1" in page


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_both_lists_are_offered_as_files(client, known, kind):
    scope(known, body(known))
    for address in ("/standards/", "/testing-bodies/"):
        response = client.get(f"{address}?format={kind}")
        assert response.status_code == 200
        assert b"".join(response.streaming_content)


# --- Reference data ---

ROW = {
    "number": "GB/T 2-2008", "title": "地理标志产品 安化黑茶", "kind": "national", "effective_from": "2008-10-01",
    "product_ids": "GI00365", "source": "S1",
}  # fmt: skip
OLD = {"number": "GB 1-1999", "title": "旧", "kind": "national", "replaced_by": "GB/T 2-2008", "source": "S1"}


def load(folder):
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("load_reference", stdout=output, stderr=errors, folder=folder)
    return output.getvalue(), errors.getvalue()


def test_standards_are_loaded_once(tmp_path):
    folder = write_files(tmp_path, {"standards.csv": [ROW, OLD]})
    assert load(folder)[1] == ""
    old, new = Standard.objects.order_by("number")
    assert [product.number for product in new.products.all()] == [365]
    assert (old.replaced_by, old.effective_to) == (new, DAY(2008, 10, 1))
    before = JournalEntry.objects.count()
    output, _errors = load(folder)
    assert "standards: 2 rows, 0 added" in output
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"kind": "x"}, "kind"), ({"product_ids": "GI99999"}, "no product on record"), ({"source": ""}, "source is"),
        ({"replaced_by": "GB 9-2000"}, "no standard on record"), ({"effective_from": "2008"}, "not a full date"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_loaded_is_told_with_its_reason(tmp_path, cells, reason):
    _output, errors = load(write_files(tmp_path, {"standards.csv": [ROW | cells]}))
    assert "standards.csv:2" in errors
    assert reason in errors
    assert not Standard.objects.exists()


def test_a_standard_that_an_officer_has_corrected_stays(tmp_path):
    folder = write_files(tmp_path, {"standards.csv": [ROW]})
    load(folder)
    systems.amend_standard(Standard.objects.get(), by=Actor("user:1", Role.OFFICER), title="更正")
    load(folder)
    assert Standard.objects.get().title == "更正"


def test_the_shipped_standards_are_what_their_sources_state():
    table = csv_files.read(REFERENCE / FILE, name=FILE, columns=COLUMNS, keys=KEYS)
    rows = {row["number"]: row for row in table.rows}
    assert len(rows) == 5
    assert all(tidy_number(number) == number and not doubt(row["kind"], number) for number, row in rows.items())
    tied = {number: row["product_ids"] for number, row in rows.items() if row["product_ids"]}
    assert tied == {"GB/T 22444-2008": "GI00006"}


def test_a_list_without_testing_bodies_offers_no_filters_to_clear(client):
    text = client.get("/en/testing-bodies/").content.decode()
    assert "No testing body is on record" in text
    assert "Clear all filters" not in text
    assert "Clear all filters" in client.get("/en/testing-bodies/?q=nobody").content.decode()
