"""Who may use the mark on any date, how it is found, and what can be said of a code that is not known."""

import csv
import datetime
import io

import pytest

from enterprises import directory
from enterprises.directory import Wanted
from enterprises.models import Enterprise, EnterpriseSearchText
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry.search_text import tokens_for
from tests.factories import (
    LONG_AGO,
    make_authorisation,
    make_division,
    make_enterprise,
    make_hunan,
    make_product,
)

pytestmark = pytest.mark.django_db
DEMO = "91000000MA00000157"
REAL = "91110000600037341L"
WRONG_CHECK = "91310115MA1G4L1WXK"
DAY = datetime.timedelta(days=1)


def make_findable(name_zh="安化某茶业有限公司", **more):
    """An enterprise with its search text."""
    enterprise = make_enterprise(name_zh, **more)
    EnterpriseSearchText.objects.create(enterprise=enterprise, tokens=tokens_for([name_zh]))
    return enterprise


@pytest.fixture
def tea():
    return make_product("安化黑茶", name_en="Anhua Dark Tea")


@pytest.fixture
def enterprise(tea):
    enterprise = make_findable()
    make_authorisation(enterprise, tea)
    return enterprise


def found(**wanted):
    return list(directory.enterprises(Wanted(**wanted)))


def standings(enterprise, on):
    return [row.standing for row in directory.history(enterprise, on)]


def text_of(response):
    return " ".join(response.content.decode().split())


# --- what can be said on a date


@pytest.mark.parametrize(
    ("more", "on", "expected"),
    [
        ({}, LONG_AGO, [AuthorisationState.IN_FORCE]),
        ({}, LONG_AGO - DAY, []),
        ({"effective_to": LONG_AGO + DAY}, LONG_AGO, [AuthorisationState.IN_FORCE]),
        ({"effective_to": LONG_AGO + DAY}, LONG_AGO + DAY, [AuthorisationState.ENDED]),
        (
            {"effective_to": LONG_AGO + DAY, "state": AuthorisationState.REVOKED},
            LONG_AGO + DAY,
            [AuthorisationState.REVOKED],
        ),
        ({"state": AuthorisationState.SUSPENDED}, LONG_AGO, [AuthorisationState.SUSPENDED]),
        ({"basis": AuthorisationBasis.REPORTED}, LONG_AGO, [AuthorisationState.REPORTED]),
        (
            {"basis": AuthorisationBasis.REPORTED, "effective_to": LONG_AGO + DAY},
            LONG_AGO + DAY,
            [AuthorisationState.ENDED],
        ),
    ],
)
def test_standing_on_a_date(tea, more, on, expected):
    enterprise = make_enterprise()
    make_authorisation(enterprise, tea, **more)
    assert standings(enterprise, on) == expected


def test_an_authorisation_that_is_over_is_still_found_and_said_to_be_over(tea):
    enterprise = make_findable()
    make_authorisation(enterprise, tea, effective_to=LONG_AGO + DAY)
    (row,) = found()
    assert [one.standing for one in row.shown] == [AuthorisationState.ENDED]
    assert found(on=LONG_AGO - DAY) == []


# --- narrowing and counting


@pytest.mark.parametrize("q", ["某茶业", "安化某", "moucha", "安化黑茶", "anhua heicha", "Anhua Dark"])
def test_found_by_its_own_name_or_by_a_product(enterprise, q):
    assert found(q=q) == [enterprise]


def test_not_found_by_the_product_of_another(enterprise):
    other = make_findable("别家有限公司")
    make_authorisation(other, make_product("普洱茶", name_pinyin="Pu'ercha"))
    assert found(q="普洱茶") == [other]


def test_text_of_signs_only_finds_nothing(enterprise):
    assert found(q="%%") == []


def test_one_wrong_character_is_forgiven_as_a_suggestion(enterprise):
    assert found(q="安化某茶页有限公司") == []
    assert directory.did_you_mean("安化某茶页有限公司") == [enterprise]


def test_filters_narrow_together_and_facets_count_what_they_would_give(enterprise, tea):
    hunan = make_hunan()[0]
    guizhou = make_division("520000", "贵州省")
    reported = make_findable("黔某公司", province=guizhou)
    make_authorisation(reported, tea, basis=AuthorisationBasis.REPORTED)
    Enterprise.objects.filter(pk=enterprise.pk).update(province=hunan)
    counts = directory.count(Wanted(status=AuthorisationState.REPORTED))
    assert counts.total == 1
    assert counts.provinces == [(guizhou, 1)]
    assert counts.products == [(tea, 1)]
    assert counts.statuses == [(AuthorisationState.IN_FORCE, 1), (AuthorisationState.REPORTED, 1)]
    assert found(province=guizhou, product=tea, status=AuthorisationState.REPORTED) == [reported]
    assert found(province=hunan, status=AuthorisationState.REPORTED) == []


def test_an_enterprise_with_two_authorisations_counts_once(enterprise, tea):
    make_authorisation(enterprise, tea)
    make_authorisation(enterprise, make_product("某鱼"))
    counts = directory.count(Wanted())
    assert counts.total == 1
    assert counts.statuses == [(AuthorisationState.IN_FORCE, 1)]
    assert counts.products[0] == (tea, 1)


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries_for_any_length(client, tea, number, django_assert_num_queries):
    province = make_division("430000")
    for i in range(number):
        make_authorisation(make_findable(f"某公司{i}", province=province), tea)
    with django_assert_num_queries(9):
        response = client.get("/en/enterprises/")
    assert response.context["counts"].total == number


@pytest.mark.parametrize("number", [1, 3])
def test_record_takes_the_same_queries_for_any_length(client, number, django_assert_num_queries):
    enterprise = make_findable()
    for i in range(number):
        make_authorisation(enterprise, make_product(f"某茶{i}"))
    with django_assert_num_queries(4):
        response = client.get(enterprise.get_absolute_url())
    assert len(response.context["rows"]) == number


# --- pages


def test_list_shows_reported_ones_as_not_confirmed(client, tea):
    make_authorisation(make_findable(), tea, basis=AuthorisationBasis.REPORTED)
    page = text_of(client.get("/en/enterprises/"))
    assert "pill-look" in page
    assert "Reported as authorised" in page


@pytest.mark.parametrize(
    "query",
    [
        "province=999999", "product=x", "product=99999999999999999999", "status=genuine", "as_of=2999-01-01",
        "as_of=%F0%9F", "format=exe", "q=%00",
    ],
)  # fmt: skip
def test_values_that_are_none_are_ignored_with_a_notice(client, enterprise, query):
    response = client.get(f"/en/enterprises/?{query}")
    assert "was ignored" in text_of(response)
    assert response.context["counts"].total == 1


@pytest.mark.parametrize("q", ["x" * 10_000, "' OR 1=1 --", '" NEAR(', "100%_", "*", "安化" * 4000])
def test_hostile_text_gets_an_ordinary_answer(client, enterprise, q):
    response = client.get("/enterprises/", {"q": q})
    assert response.status_code == 200


def test_empty_list_says_that_absence_proves_nothing_and_suggests(client, enterprise):
    page = text_of(client.get("/en/enterprises/", {"q": "安化某茶页有限公司"}))
    assert "incomplete" in page
    assert enterprise.get_absolute_url() in page


def test_facets_lead_to_the_narrowed_list_and_keep_the_rest(client, enterprise, tea):
    response = client.get("/en/enterprises/", {"q": "安化", "as_of": "2019-12-31"})
    product = next(one for one in response.context["facets"] if one["title"] == "Product")
    url = product["entries"][0]["url"]
    narrowed = client.get(f"/en/enterprises/{url}").context["wanted"]
    assert (narrowed.q, narrowed.product, narrowed.on) == ("安化", tea, datetime.date(2019, 12, 31))


def test_code_in_the_search_of_the_list_leads_to_the_enterprise(client, tea):
    response = client.get("/enterprises/", {"q": DEMO.lower()})
    assert response.headers["Location"] == f"/enterprises/{DEMO}/"


def test_file_has_one_row_an_authorisation_of_the_filter(client, enterprise, tea):
    make_authorisation(enterprise, tea, basis=AuthorisationBasis.REPORTED, since=datetime.date(2014, 12, 31),
                       effective_to=None, note="from a report")  # fmt: skip
    response = client.get("/enterprises/?status=reported&format=csv")
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content))
    assert (row["name_zh"], row["product"], row["standing"]) == (enterprise.name_zh, "安化黑茶", "reported")
    assert row["effective_from"] == "2014-12-31"


# --- one enterprise


def test_reference_redirects_to_the_code_once_there_is_one(client, tea):
    make_authorisation(make_enterprise(uscc=DEMO, reference="E0001"), None)
    response = client.get("/en/enterprises/e0001/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/en/enterprises/{DEMO}/")


def test_lower_case_code_leads_to_the_one_address(client):
    make_authorisation(make_enterprise(uscc=DEMO), None)
    assert client.get(f"/enterprises/{DEMO.lower()}/").headers["Location"] == f"/enterprises/{DEMO}/"


def test_record_says_that_no_source_shows_the_code(client, enterprise):
    page = text_of(client.get(f"/en/enterprises/{enterprise.key}/"))
    assert "No source read shows the credit code." in page
    assert "holds one confirmed authorisation" in page


def test_record_of_a_reported_user_never_reads_as_confirmed(client, tea):
    enterprise = make_enterprise()
    make_authorisation(enterprise, tea, basis=AuthorisationBasis.REPORTED)
    page = text_of(client.get(f"/en/enterprises/{enterprise.key}/"))
    assert "not confirmed" in page
    assert "no act that confirms it" in page
    assert "pill-live" not in page


def test_record_answers_for_a_past_date(client, enterprise):
    page = text_of(client.get(f"/en/enterprises/{enterprise.key}/?as_of=2001-01-01"))
    assert "knows of no authorisation" in page
    assert "None had begun by this date." in page


def test_demonstration_enterprise_is_marked_and_stands_in_no_list(client, tea):
    enterprise = make_findable(uscc=DEMO)
    make_authorisation(enterprise, tea)
    assert "no real enterprise" in text_of(client.get(f"/en/enterprises/{enterprise.key}/"))
    for address in ("/en/enterprises/", f"/en/products/{tea.number}/"):
        assert enterprise.name_zh not in text_of(client.get(address))
    export = client.get("/en/enterprises/?format=csv").getvalue().decode()
    assert enterprise.name_zh not in export


def test_half_known_and_unknown_dates_are_not_shown_as_days(client, tea):
    enterprise = make_enterprise()
    year = make_authorisation(enterprise, tea, since=datetime.date(2014, 12, 31))
    year.effective_precision = "year"
    year.save()
    none = make_authorisation(enterprise, tea, since=datetime.date(2025, 12, 31))
    none.effective_precision = ""
    none.save()
    page = text_of(client.get(f"/en/enterprises/{enterprise.key}/"))
    assert '<time datetime="2014">2014</time>' in page
    assert "not stated; in the data of" in page


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (REAL, "The code itself is well formed"),
        (WRONG_CHECK, "would have to be 7"),
        ("9111000060003734IL", "Character 17 cannot stand in that place"),
        ("911100006000373411", "Wrong check character"),
        ("9111000060003-7341", "Wrong length"),
        (DEMO, "for demonstration only"),
    ],
)
def test_code_that_is_not_in_the_register_gets_a_clear_answer(client, code, words):
    make_authorisation(make_enterprise(), None)
    response = client.get(f"/en/enterprises/{code}/")
    assert response.status_code == 404
    page = text_of(response)
    assert "No authorisation in this register under this code" in page
    assert words in page
    assert "1 enterprise so far, 1 of them without a credit code" in page


def test_letters_mistaken_for_digits_are_offered_as_digits(client):
    assert f'href="/enterprises/{REAL}/"' in text_of(client.get("/enterprises/9111OOOO600037341L/"))


def test_region_of_a_code_is_named(client):
    make_division("110000", "北京市", name_en="Beijing")
    assert "Beijing" in text_of(client.get(f"/en/enterprises/{REAL}/"))


def test_other_unknown_keys_are_not_found(client):
    assert client.get("/enterprises/E9999/").status_code == 404


# --- check a label


def test_check_label_leads_a_credit_code_to_its_answer(client):
    response = client.get("/en/verify/", {"q": " 9111 0000-6000 37341l "})
    assert response.headers["Location"] == f"/en/enterprises/{REAL}/"


def test_an_enterprise_that_only_applies_is_shown_to_nobody(client):
    make_enterprise("只是申请的企业", uscc=DEMO, reference="N00001")
    for address in ("/en/enterprises/N00001/", f"/en/enterprises/{DEMO}/"):
        page = client.get(address)
        assert page.status_code == 404
        assert "只是申请的企业" not in page.content.decode()
