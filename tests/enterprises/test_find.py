"""One search box for everything: what names one thing leads to its page, all else to the search over all kinds."""

import pytest

from enterprises.models import EnterpriseSearchText
from gi_registry.search_text import tokens_for
from tests.factories import (
    make_agreement,
    make_agreement_entry,
    make_authorisation,
    make_division,
    make_enterprise,
    make_hunan,
    make_product,
    make_right,
)

pytestmark = pytest.mark.django_db
CODE = "91430900600037341F"


def target(client, q, prefix=""):
    response = client.get(f"{prefix}/find/", {"q": q})
    assert response.status_code == 302, q
    return response.headers["Location"]


@pytest.fixture
def enterprise():
    enterprise = make_enterprise("安化某茶业有限公司", uscc=CODE)
    make_authorisation(enterprise, None)
    EnterpriseSearchText.objects.create(enterprise=enterprise, tokens=tokens_for([enterprise.name_zh]))
    return enterprise


@pytest.mark.parametrize(
    "typed",
    [
        CODE, CODE.lower(), "9143 0900 6000 3734 1F", "91430900-60003734-1F", f"  {CODE}\t",
        "".join(chr(ord(c) + 0xFEE0) for c in CODE), "\u200b" + CODE,
    ],
)  # fmt: skip
def test_credit_code_in_any_spelling_leads_to_the_enterprise(client, enterprise, typed):
    assert target(client, typed) == f"/enterprises/{CODE}/"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("91110000600037341L", "The code itself is well formed"),
        ("91310115ma1g4l1wxk", "would have to be 7"),
        ("9111OOOO600037341L", "cannot stand in that place"),
    ],
)
def test_unknown_code_is_answered_at_once(client, enterprise, code, words):
    response = client.get("/en/find/", {"q": code})
    page = " ".join(response.content.decode().split())
    assert response.status_code == 200
    assert "No authorisation in this register under this code" in page
    assert words in page


def test_number_of_a_right_leads_to_its_product(client):
    product = make_product()
    make_right(product, reference="GI00365")
    assert target(client, " gi00365 ") == product.get_absolute_url()
    assert target(client, "GI99999") == "/search/?q=GI99999"


def test_code_of_a_division_leads_to_its_region(client):
    make_division("430923")
    assert target(client, "430923") == "/regions/430923/"
    assert target(client, "４３０９２３") == "/regions/430923/"
    assert target(client, "999999") == "/search/?q=999999"


def shown(client, q, prefix=""):
    """The page of the search that a text leads to, as it is shown first."""
    where = target(client, q, prefix)
    assert where.startswith(f"{prefix}/search/?q=")
    return client.get(where).content.decode()


def test_name_of_an_enterprise_is_one_click_away(client, enterprise):
    assert f'href="/enterprises/{CODE}/"' in shown(client, "某茶业")


def test_a_text_that_products_and_enterprises_answer_shows_both(client, enterprise):
    product = make_product("安化黑茶")
    page = shown(client, "安化")
    assert f'href="{product.get_absolute_url()}"' in page
    assert f'href="/enterprises/{CODE}/"' in page


def test_unknown_text_is_answered_by_the_search(client):
    assert target(client, "no such thing") == "/search/?q=no+such+thing"


def test_label_code_leads_to_the_page_that_says_none_is_issued(client):
    assert target(client, "ABCD-1234-EFGH-5678-JKMN-PQRS").startswith("/verify/?q=ABCD-1234")


def test_language_is_kept(client, enterprise):
    assert target(client, CODE, "/en") == f"/en/enterprises/{CODE}/"
    assert target(client, "qqq", "/en") == "/en/search/?q=qqq"


def test_nothing_typed_leads_to_the_search(client):
    assert target(client, "   ") == "/search/"


@pytest.mark.parametrize(
    "q",
    [
        "x" * 10_000,
        "安" * 10_000,
        "a\0b",
        "\x01\x02",
        '" OR 1=1 --',
        "%_*",
        "NEAR(a b)",
        "\ud83d\ude00",
        "٤٣٠٩٢٣",
    ],
)
def test_hostile_text_gets_an_ordinary_answer(client, q):
    q = q.encode("utf-16", "surrogatepass").decode("utf-16")
    where = target(client, q)
    assert where.startswith("/search/")
    assert len(where) < 2000


def test_broken_percent_encoding_gets_an_ordinary_answer(client):
    response = client.get("/find/?q=%E5%AE%ZZ%FF")
    assert response.status_code == 302


def test_name_of_a_division_is_one_click_away_also_where_products_bear_it(client):
    make_hunan()
    assert 'href="/en/regions/430923/"' in shown(client, "安化县", "/en")
    assert 'href="/regions/430923/"' in shown(client, "anhua county")
    make_product("安化县红薯")
    assert 'href="/regions/430923/"' in shown(client, "安化县")


@pytest.mark.parametrize("typed", ["孔泰", "comte", "Comté"])
def test_a_foreign_name_is_one_click_away(client, typed):
    agreement = make_agreement("CN-EU-B1")
    make_agreement_entry(agreement, side="inbound", name_native="Comté", name_zh="孔泰", country="FR")
    assert 'href="/recognition/CN-EU-B1/?q=' in shown(client, typed)
