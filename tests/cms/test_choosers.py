"""The windows in which editors look for records: what they find, what they never show, and that they change nothing."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.admin.forms.models import formfield_for_dbfield

from cms.choosers import WINDOWS
from cms.models import EventPage, NewsProduct, ProductPage
from cms.record_choices import CHOOSERS, ProductChooser, chosen_title
from enterprises.models import EnterpriseSearchText
from gi_registry.roles import Role
from gi_registry.search_text import tokens_for
from products.models import Announcement
from tests.cms import editors
from tests.factories import (
    make_agreement,
    make_authorisation,
    make_division,
    make_enterprise,
    make_hunan,
    make_person,
    make_poverty_list,
    make_product,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _editor(client, monkeypatch):
    editors.as_wagtail_expects(monkeypatch)
    call_command("create_site", verbosity=0)
    client.force_login(editors.editor())


def window(client, kind, text=None):
    """The list of a window as it is shown."""
    name = f"{kind}_chooser:choose" if text is None else f"{kind}_chooser:choose_results"
    answer = client.get(reverse(name), {} if text is None else {"q": text})
    assert answer.status_code == 200
    return json.loads(answer.content)["html"] if text is None else answer.content.decode()


def test_products_of_one_name_can_be_told_apart(client):
    hunan, *_rest = make_hunan()
    hubei = make_division("420000", "湖北省")
    make_product("云雾茶", number=11, province=hunan)
    make_product("云雾茶", number=12, province=hubei)
    html = window(client, "product", "云雾茶")
    for text in ("湖南省", "湖北省", "11", "12"):
        assert text in html
    assert html.count("云雾茶") == 2
    assert chosen_title(make_product("云雾茶", number=13, province=None)) == "云雾茶 (13)"


@pytest.mark.parametrize("text", ["安化黑茶", "anhua heicha", "ahhc", "安化黒茶", "77"])
def test_products_are_found_as_in_the_register(client, text):
    make_product("安化黑茶", number=77)
    make_product("龙井茶", number=78, name_pinyin="Longjing Cha")
    html = window(client, "product", text)
    assert "安化黑茶" in html
    assert "龙井茶" not in html


def test_enterprises_are_public_and_real(client):
    product = make_product()
    shown = make_enterprise("显示茶业", uscc="91430923MA4L2X3C2D")
    make_authorisation(shown, product)
    EnterpriseSearchText.objects.create(
        enterprise=shown, tokens=tokens_for([shown.name_zh], readings=[], latin=[], numbers=[])
    )
    demonstration = make_enterprise("示例茶业", uscc="91000000MA00000157")
    make_authorisation(demonstration, product)
    make_enterprise("只是申请", uscc="91430923MA4L2X3C3B")
    html = window(client, "enterprise")
    assert "显示茶业" in html
    assert "示例茶业" not in html
    assert "只是申请" not in html
    assert "显示茶业" in window(client, "enterprise", "91430923ma")
    assert "显示茶业" in window(client, "enterprise", "显示茶业")
    assert client.get(reverse("enterprise_chooser:chosen", args=[demonstration.pk])).status_code == 404


def test_divisions_are_found_by_code_and_name_with_what_they_lie_in(client):
    make_hunan()
    make_division("430981", "旧县", status="abolished")
    for text in ("430923", "安化", "Anhua"):
        html = window(client, "division", text)
        assert "安化县" in html
        assert "益阳市" in html
        assert "桃江县" not in html
    assert "旧县" not in window(client, "division")


def test_announcements_lists_and_agreements(client):
    Announcement.objects.create(issuer="cnipa", number=577, text="国家知识产权局公告第五七七号")
    Announcement.objects.create(issuer="cnipa", number=9001, text="示例公告", demonstration=True)
    make_agreement()
    make_poverty_list()
    assert "五七七" in window(client, "announcement", "577")
    assert "示例公告" not in window(client, "announcement")
    assert "中欧地理标志协定" in window(client, "agreement", "cn-eu")
    assert "贫困县名录" in window(client, "poverty_list")


def test_what_was_chosen_comes_back_in_one_line_without_a_form_to_edit_it(client):
    product = make_product("云雾茶", number=11, province=make_hunan()[0])
    answer = json.loads(client.get(reverse("product_chooser:chosen", args=[product.pk])).content)
    assert answer["result"] == {"id": str(product.pk), "title": "云雾茶 (11, 湖南省)", "edit_url": None}
    several = client.get(reverse("product_chooser:chosen_multiple"), {"id": [product.pk], "multiple": "1"})
    assert [one["id"] for one in json.loads(several.content)["result"]] == [str(product.pk)]
    for wrong in ("x", "", "-1", "9" * 30):
        assert client.get(reverse("product_chooser:chosen_multiple"), {"id": wrong}).status_code == 404, wrong
    assert client.get(reverse("product_chooser:chosen", args=[10**30])).status_code == 404


@pytest.mark.parametrize("chooser", CHOOSERS, ids=lambda one: one.__name__)
def test_windows_take_no_form_and_create_nothing(client, chooser):
    kind = chooser.chooser_modal_url_name.removesuffix(":choose")
    address = reverse(f"{kind}:choose")
    for below in ("", "results/", "chosen/1/", "chosen-multiple/"):
        assert client.post(address + below, {"name_zh": "x"}).status_code == 405
    assert client.get(address + "create/").status_code == 404
    assert client.post(address + "create/", {"name_zh": "x"}).status_code == 404
    assert "<form" not in window(client, kind.removesuffix("_chooser")).replace('<form data-chooser-modal-search', "")


def test_a_window_counts_in_the_language_of_who_looks(client):
    make_product()
    assert "1 in all" in window(client, "product")
    assert "1 product" not in window(client, "product").lower()


def test_nobody_else_opens_a_window(client):
    client.force_login(make_person(Role.AUDITOR))
    for one in WINDOWS:
        assert client.get(reverse(one.chooser.chooser_modal_url_name)).status_code == 302


@pytest.mark.parametrize("number", [1, 3])
def test_a_window_takes_the_same_queries_for_any_number_of_rows(client, django_assert_num_queries, number):
    for count in range(number):
        make_product(f"第{count}茶", province=make_division(f"4{count}0000"))
    window(client, "product", "茶")
    with django_assert_num_queries(9):
        window(client, "product", "茶")


def test_fields_of_pages_use_the_windows(client):
    for model, field in ((ProductPage, "product"), (EventPage, "division")):
        form = model.get_edit_handler().get_form_class()
        assert form.base_fields[field].widget.__class__ in CHOOSERS
    assert isinstance(formfield_for_dbfield(NewsProduct._meta.get_field("product")).widget, ProductChooser)
