"""One search box for everything: each kind of text leads to the page that answers it, in the same language."""

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
    assert target(client, "GI99999") == "/products/?q=GI99999"


def test_code_of_a_division_leads_to_its_region(client):
    make_division("430923")
    assert target(client, "430923") == "/regions/430923/"
    assert target(client, "４３０９２３") == "/regions/430923/"
    assert target(client, "999999") == "/products/?q=999999"


def test_name_of_an_enterprise_leads_to_the_enterprises(client, enterprise):
    assert target(client, "某茶业") == "/enterprises/?q=%E6%9F%90%E8%8C%B6%E4%B8%9A"


def test_text_that_a_product_answers_leads_to_the_products(client, enterprise):
    make_product("安化黑茶")
    assert target(client, "安化").startswith("/products/?q=")


def test_unknown_text_leads_to_the_products(client):
    assert target(client, "no such thing") == "/products/?q=no+such+thing"


def test_label_code_leads_to_the_page_that_says_none_is_issued(client):
    assert target(client, "ABCD-1234-EFGH-5678-JKMN-PQRS").startswith("/verify/?q=ABCD-1234")


def test_language_is_kept(client, enterprise):
    assert target(client, CODE, "/en") == f"/en/enterprises/{CODE}/"
    assert target(client, "某茶业", "/en").startswith("/en/enterprises/?q=")
    assert target(client, "qqq", "/en") == "/en/products/?q=qqq"


def test_nothing_typed_leads_to_the_products(client):
    assert target(client, "   ") == "/products/"


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
    assert where.startswith("/products/")
    assert len(where) < 2000


def test_broken_percent_encoding_gets_an_ordinary_answer(client):
    response = client.get("/find/?q=%E5%AE%ZZ%FF")
    assert response.status_code == 302


def test_name_of_a_division_leads_to_its_region_unless_products_bear_it(client):
    make_hunan()
    assert target(client, "安化县", "/en") == "/en/regions/430923/"
    assert target(client, "anhua county") == "/regions/430923/"
    make_product("安化县红薯")
    assert target(client, "安化县") == "/products/?q=%E5%AE%89%E5%8C%96%E5%8E%BF"


@pytest.mark.parametrize("typed", ["孔泰", "comte", "Comté"])
def test_foreign_name_leads_to_the_list_it_stands_on(client, typed):
    agreement = make_agreement("CN-EU-B1")
    make_agreement_entry(agreement, side="inbound", name_native="Comté", name_zh="孔泰", country="FR")
    assert target(client, typed).startswith("/recognition/CN-EU-B1/?q=")
