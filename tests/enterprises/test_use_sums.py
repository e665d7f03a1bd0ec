"""Sums of yearly reports: what counts, what stays apart, and that no enterprise's figure can be told from them."""

import html
import io
import json
import re
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as some
from openpyxl import load_workbook

from enterprises import use_sums
from enterprises.suppression import Part, decide, is_safe, may_join
from enterprises.use_sums import Figure
from tests import factories as make
from tests.use_world import LAST_YEAR, accepted, make_firm, make_place

# --- Suppression: an attacker with a pencil ---


def rank(vectors):
    """Rank of vectors over the rational numbers."""
    rows, found = [[Fraction(value) for value in row] for row in vectors], 0
    width = len(rows[0]) if rows else 0
    for column in range(width):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows:
            if row is not pivot and row[column]:
                factor = row[column] / pivot[column]
                row[:] = [one - factor * two for one, two in zip(row, pivot, strict=True)]
        found += 1
    return found


def is_told(known, wanted):
    """Whether `wanted`, a sum of cells, follows from the known sums."""
    return rank([*known, wanted]) == rank(known) if known else not any(wanted)


def given_away(rows, tables, decision):
    """Pairs of enterprises (who computes, whose figure) that the published sums give away."""
    cells = [(key, number) for key, parts in rows.items() for number in range(len(parts))]
    part = {cell: rows[cell[0]][cell[1]] for cell in cells}

    def vector(chosen):
        return [1 if chosen(cell) else 0 for cell in cells]

    public = [vector(lambda cell, key=key: cell[0] == key) for key in rows if key not in decision.hidden]
    public += [
        vector(lambda cell, table=table: cell[0] in table)
        for table, shown in zip(tables, decision.totals, strict=True) if shown
    ]  # fmt: skip
    open_cells = [cell for cell in cells if part[cell].agreed]
    zeros = _told_to_be_nothing(cells, part, public)
    firms = {part[cell].firm for cell in cells if not part[cell].agreed}
    told = []
    for thief in [None, *firms]:
        own = [cell for cell in cells if part[cell].firm == thief]
        known = public + [vector(lambda cell, one=one: cell == one) for one in {*open_cells, *own, *zeros}]
        for firm in firms - {thief}:
            theirs = {cell for cell in cells if part[cell].firm == firm}
            wishes = [theirs, *({cell} for cell in theirs)]
            if any(is_told(known, vector(lambda cell, wish=wish: cell in wish)) for wish in wishes):
                told.append((thief, firm))
    return told


def _told_to_be_nothing(cells, part, public):
    """Nobody has less than nothing: of a published sum of 0 everybody knows every figure."""
    return {
        cell for sums in public
        if sum(part[one].value for one, in_it in zip(cells, sums, strict=True) if in_it) == 0
        for cell, in_it in zip(cells, sums, strict=True) if in_it
    }  # fmt: skip


parts = some.builds(
    Part, firm=some.integers(1, 7), agreed=some.booleans(), value=some.integers(0, 3)
)  # fmt: skip
worlds = some.dictionaries(some.integers(1, 6), some.lists(parts, min_size=1, max_size=5), min_size=1, max_size=6)


def agreeing(rows):
    """An enterprise agrees everywhere or nowhere."""
    never = {part.firm for found in rows.values() for part in found if not part.agreed}
    return {
        key: [Part(part.firm, part.firm not in never, part.value) for part in found] for key, found in rows.items()
    }


@given(worlds)
def test_nobody_can_compute_a_figure_from_rows_and_total(rows):
    rows = agreeing(rows)
    tables = [sorted(rows)]
    assert given_away(rows, tables, decide(rows, tables)) == []


@given(worlds, some.sets(some.integers(1, 6)), some.sets(some.integers(1, 6)), some.booleans())
def test_nor_from_two_tables_side_by_side(rows, one, other, whole):
    rows = agreeing(rows)
    tables = [sorted(rows.keys() & one), sorted(rows) if whole else sorted(rows.keys() & other)]
    assert given_away(rows, tables, decide(rows, tables)) == []


@given(worlds)
def test_nothing_is_hidden_without_need(rows):
    rows = agreeing(rows)
    decision = decide(rows, [sorted(rows)])
    needed = {key for key, found in rows.items() if not is_safe(found)}
    assert needed <= decision.hidden
    assert len(decision.hidden - needed) <= 1  # one more row is always enough
    if not needed:
        assert decision.hidden == frozenset()
        assert decision.totals == (True,)


def firms(*numbers, agreed=False, value=5):
    return [Part(number, agreed, value) for number in numbers]


@pytest.mark.parametrize(
    ("found", "safe"),
    [
        ([], True),
        (firms(1), False),
        (firms(1, 2), False),
        (firms(1, 2, 3), True),
        (firms(1, 1, 1), False),  # one enterprise with three authorisations is one
        (firms(1, agreed=True), True),
        (firms(1, 2) + firms(3, 4, agreed=True), False),  # who agreed hides nobody
        (firms(1, 2, 3, value=0), False),  # a sum of nothing tells that of each
        (firms(1, 2, 3) + firms(4, value=0), True),
        (firms(1, 2) + firms(3, value=0), False),
    ],
)
def test_what_is_safe(found, safe):
    assert is_safe(found) is safe


def test_a_single_hidden_row_takes_the_smallest_other_one_with_it():
    rows = {"a": firms(1, 2), "b": firms(3, 4, 5, 6), "c": firms(7, 8, 9), "d": firms(10, agreed=True)}
    decision = decide(rows, [list(rows)])
    assert decision.hidden == {"a", "c"}
    assert decision.totals == (True,)


def test_where_too_few_are_left_the_total_is_hidden_and_safe_rows_are_shown():
    rows = {"a": firms(1, 2), "d": firms(10, agreed=True)}
    decision = decide(rows, [list(rows)])
    assert (decision.hidden, decision.totals) == ({"a"}, (False,))


def test_a_row_that_one_table_hides_is_hidden_in_all():
    rows = {"a": firms(1), "b": firms(2, 3, 4), "c": firms(5, 6, 7, 8)}
    small, large = ["a", "b"], ["a", "b", "c"]
    assert decide(rows, [large, small]).hidden == {"a", "b"}
    # Without that the two totals would tell what is in row a.
    assert given_away(rows, [large, small], decide(rows, [large, small])) == []


def test_a_total_that_differs_by_one_hidden_row_is_not_shown():
    rows = {"a": firms(1), "b": firms(2, 3, 4), "x": firms(9)}
    decision = decide(rows, [["a", "b"], ["a", "b", "x"]])
    assert decision.totals == (True, False)


def test_the_sum_of_a_product_within_a_county_is_not_shown_where_one_enterprise_is_left():
    one, other, third = firms(1, 2, 3), firms(4), firms(5, 6, 7)
    county = one + other
    assert not may_join({"p": one, "q": other}, {"county": county}, "p")
    assert may_join({"p": one, "q": third}, {"county": one + third}, "p")
    # Of a product that reaches one enterprise further than the county, the difference would tell its figure.
    assert not may_join({"p": county}, {"county": one}, "p")
    assert may_join({"p": one + third}, {"county": one}, "p")
    assert not may_join({"p": firms(1, 2)}, {}, "p")


# --- Sums ---


@pytest.fixture
def place():
    """A list of three counties of Hunan, and one county that is on no list."""
    province, prefecture, anhua, taojiang = make.make_hunan()
    third = make.make_division("430921", "南县", parent=prefecture)
    other = make.make_division("430902", "资阳区", parent=prefecture)
    listed = make.make_poverty_list(size=3)
    for county in (anhua, taojiang, third):
        make.make_listed_unit(listed, county)
    return {
        "list": listed, "product": make.make_product(number=365, province=province),
        "tea": make.make_product("安化红茶", number=366, province=province),
        "counties": [anhua, taojiang, third], "other": other, "person": make.make_person("auditor"),
    }  # fmt: skip


def report(place, county, *, firm=None, product="product", year=LAST_YEAR, **values):
    """An accepted report of an enterprise in a county."""
    where = county if not isinstance(county, int) else place["counties"][county]
    row = make_place(firm or make_firm(), place[product], where)
    values = {"output": 1000, "unit": "kg", "output_value": 100} | values
    return accepted(row, year, person=place["person"], **values)


def by_code(sums):
    return {row.place.code: row for row in sums.rows}


@pytest.mark.django_db
def test_sums_of_a_list_by_county(place):
    for value in (100, 200, 300):
        report(place, 0, output_value=value, related_value=7, households=2)
    for value in (1, 2, 3):
        report(place, 1, output_value=value, output=500, unit="l")
    report(place, place["other"], output_value=10**9)
    report(place, 0, year=LAST_YEAR - 1, output_value=10**9)
    make_place(make_firm(), place["product"], place["counties"][1])  # sends no report
    sums = use_sums.of_list(place["list"], LAST_YEAR)
    anhua, taojiang = by_code(sums)["430923"], by_code(sums)["430922"]
    assert (anhua.reports, anhua.firms, anhua.expected) == (3, 3, 4)  # the one of the year before too
    assert anhua.figures["output_value"] == Figure(600)
    assert anhua.figures["output_kg"] == Figure(3000)
    assert anhua.figures["output_l"] == Figure()
    assert (taojiang.figures["output_l"], taojiang.figures["output_kg"]) == (Figure(1500), Figure())
    assert sums.total.figures["output_value"] == Figure(606) == sums.output_value
    assert sums.total.figures["related_value"] == Figure(21)  # apart from the direct one
    assert sums.total.figures["households"] == Figure(6)
    assert (sums.total.reports, sums.total.expected, sums.total.share) == (6, 8, 75)
    assert set(by_code(sums)) == {"430922", "430923"}  # nothing to tell of the third county


@pytest.mark.django_db
def test_too_few_enterprises_are_counted_and_not_summed(place):
    for _each in range(4):
        report(place, 0)
    for _each in range(3):
        report(place, 1)
    report(place, 2, output_value=77)
    sums = use_sums.of_list(place["list"], LAST_YEAR)
    rows = by_code(sums)
    assert rows["430921"].figures["output_value"] == Figure(hidden=True)
    assert rows["430922"].figures["output_value"] == Figure(hidden=True)  # or the total would tell the other one
    assert rows["430923"].figures["output_value"] == Figure(400)
    assert (rows["430921"].reports, rows["430921"].figures["output_value"].hidden) == (1, True)
    assert sums.output_value == Figure(777)


@pytest.mark.django_db
def test_each_figure_is_hidden_for_itself(place):
    for exports in (None, None, 5):
        report(place, 0, export_value=exports)
    total = use_sums.of_list(place["list"], LAST_YEAR).total
    assert total.figures["export_value"] == Figure(hidden=True)
    assert total.figures["output_value"] == Figure(300)


@pytest.mark.django_db
def test_who_agreed_is_shown_if_every_report_says_so(place):
    firm = make_firm()
    report(place, 0, firm=firm, may_be_shown=True, output_value=42)
    assert use_sums.of_list(place["list"], LAST_YEAR).output_value == Figure(42)
    report(place, 1, firm=firm, product="tea", may_be_shown=False)
    assert use_sums.of_list(place["list"], LAST_YEAR).output_value == Figure(hidden=True)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "replaced"])
def test_only_accepted_reports_count(place, state):
    found = [report(place, 0) for _each in range(4)]
    type(found[0]).objects.filter(pk=found[0].pk).update(state=state)
    sums = use_sums.of_list(place["list"], LAST_YEAR)
    assert (sums.output_value, sums.total.reports, sums.total.expected) == (Figure(300), 3, 4)


@pytest.mark.django_db
def test_demonstration_enterprises_stand_in_no_sum(place):
    for _each in range(3):
        report(place, 0, firm=make_firm(demo=True))
    sums = use_sums.of_list(place["list"], LAST_YEAR)
    assert (sums.rows, sums.total.reports, sums.total.expected) == ([], 0, 0)
    assert use_sums.of_product(place["product"], LAST_YEAR).total.reports == 0


@pytest.mark.django_db
def test_a_county_that_joined_another_counts_for_its_list(place):
    old = make.make_division("430999", "旧县", status="historic", successor=place["other"])
    make.make_listed_unit(place["list"], old)
    for _each in range(3):
        report(place, place["other"])
    sums = use_sums.of_list(place["list"], LAST_YEAR)
    assert [row.place for row in sums.rows] == [place["other"]]


@pytest.mark.django_db
def test_an_authorisation_without_a_county_counts_for_its_product_only(place):
    for _each in range(3):
        report(place, None)
    assert use_sums.of_list(place["list"], LAST_YEAR).total.reports == 0
    sums = use_sums.of_product(place["product"], LAST_YEAR)
    assert (sums.total.reports, sums.output_value) == (3, Figure(300))


@pytest.mark.django_db
def test_products_are_not_mixed_and_not_told_by_difference(place):
    for _each in range(3):
        report(place, 0)
    for _each in range(3):
        report(place, 0, product="tea", output_value=1)
    assert use_sums.of_product(place["product"], LAST_YEAR).output_value == Figure(300)
    assert use_sums.of_product(place["tea"], LAST_YEAR).output_value == Figure(3)
    third = make.make_product("桃江竹笋", number=367)
    place["third"] = third
    report(place, 0, product="third", output_value=9999)
    # The county is shown; with both products the rest of it would be the figure of one enterprise.
    assert use_sums.of_list(place["list"], LAST_YEAR).output_value == Figure(300 + 3 + 9999)
    shown = [use_sums.of_product(place[name], LAST_YEAR).output_value for name in ("product", "tea", "third")]
    assert shown.count(Figure(hidden=True)) == 2
    assert shown[2] == Figure(hidden=True)


@pytest.mark.django_db
def test_the_years_offered_begin_with_the_first_report(place):
    assert use_sums.years() == [LAST_YEAR]
    report(place, 0, year=LAST_YEAR - 2)
    assert use_sums.years() == [LAST_YEAR, LAST_YEAR - 1, LAST_YEAR - 2]


@pytest.mark.django_db
def test_sums_take_the_same_questions_however_many_reports_there_are(place):
    numbers = []
    for count in (3, 9):
        for number in range(count):
            report(place, number % 3)
        with CaptureQueriesContext(connection) as asked:
            use_sums.of_list(place["list"], LAST_YEAR)
            use_sums.of_product(place["product"], LAST_YEAR)
        numbers.append(len(asked))
    assert numbers[0] == numbers[1] <= 8


# --- The public pages ---


def page(client, address, **query):
    with translation.override("en"):
        return client.get(reverse(*address), {"year": LAST_YEAR} | query)


def words_of(response):
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))
    return text.replace("\u202f", " ")


@pytest.fixture
def pages(place):
    """Addresses of the two pages."""
    return {
        "list": ("enterprises:effect", None, [place["list"].slug]),
        "product": ("enterprises:product_effect", None, [place["product"].number]),
    }


@pytest.mark.django_db
def test_the_page_of_a_list_shows_sums_and_says_what_it_hides(client, place, pages):
    for number in (0, 0, 0, 0, 1, 1, 1, 2):
        report(place, number, output=1500, output_value=25_000, related_value=77_777)
    words = words_of(page(client, pages["list"]))
    assert "Anhua County 4 of 4 4 6 kg 100,000 311,108" in words
    assert "– too few enterprises" in words
    assert "8 of 8 reports accepted" in words
    assert "– not shown, to protect single enterprises" in words  # the row that hides with it
    assert "Total 8 of 8 8 12 kg 200,000 622,216" in words  # the related value has a total of its own
    assert "77,777" not in words
    assert "never added" in words


@pytest.mark.django_db
def test_the_page_of_a_product_shows_its_total(client, place, pages):
    for number in range(3):
        report(place, number, output_value=25_000)
    words = words_of(page(client, pages["product"]))
    assert "75,000" in words
    assert "3 of 3 reports accepted" in words
    report(place, 0, product="tea")
    assert "too few enterprises" in words_of(
        page(client, ("enterprises:product_effect", None, [place["tea"].number]))
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["list", "product"])
@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_files_hide_what_the_page_hides(client, place, pages, name, kind):
    report(place, 0, output_value=987_654)
    found = page(client, pages[name], format=kind).getvalue()
    if kind == "xlsx":
        rows = [[cell.value for cell in line] for line in load_workbook(io.BytesIO(found))["data"].iter_rows()]
        text = json.dumps(rows)
    else:
        text = found.decode()
    assert "987654" not in text
    assert "output_value" in text
    if kind == "json":
        total = json.loads(text)["rows"][-1]
        assert (total["county"], total["reports"], total["output_value"]) == ("total", 1, None)
        assert total["not_shown"] == ["output_kg", "output_value"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["list", "product"])
@pytest.mark.parametrize("year", ["nonsense", str(LAST_YEAR + 1), "1900", "9" * 40])
def test_a_malformed_year_is_ignored_with_a_notice(client, pages, name, year):
    answer = page(client, pages[name], year=year)
    assert answer.status_code == 200
    assert "was ignored" in words_of(answer)


@pytest.mark.django_db
def test_an_unknown_list_or_product_is_not_found(client, pages):
    assert page(client, ("enterprises:effect", None, ["nothing"])).status_code == 404
    for number in (99999, 10**30):
        assert page(client, ("enterprises:product_effect", None, [number])).status_code == 404


@pytest.mark.django_db
def test_an_empty_year_says_so(client, pages):
    assert "No authorisation in these counties" in words_of(page(client, pages["list"]))
    assert "No report of this year was accepted yet" in words_of(page(client, pages["product"]))


@pytest.mark.django_db
def test_the_coverage_of_a_list_shows_last_years_output_value_or_why_not(client, place):
    address = f"/en/coverage/{place['list'].slug}/"
    assert "by 0 of 0 yearly reports, the whole list" in words_of(client.get(address))
    report(place, 0, output_value=1_000_000)
    cache.clear()  # rows made here have no entry in the journal, by which the figure is kept
    hidden = words_of(client.get(address))
    assert "too few enterprises to be shown" in hidden
    assert "1 000 000" not in hidden
    for _each in range(2):
        report(place, 0, output_value=1_000_000)
    cache.clear()
    shown = words_of(client.get(address))
    assert f"direct output value {LAST_YEAR}" in shown
    assert "3 000 000" in shown
    assert "by 3 of 3 yearly reports, the whole list" in shown
    assert "3 000 000" not in words_of(client.get(address + "?as_of=2020-12-31"))
