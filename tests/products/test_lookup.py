"""Finding products by text: order of the answers, forgiveness, suggestions."""

import pytest

from gi_registry.search_text import tokens_for
from products import lookup
from products.models import Product, ProductName, ProductSearchText
from products.states import NameKind, ProductStatus
from tests.factories import make_product, make_right

pytestmark = pytest.mark.django_db


def names(found):
    return [product.name_zh for product in found.products]


def search(text, queryset=None):
    return lookup.search(Product.objects.all() if queryset is None else queryset, text)


def add_name(product, text, *, kind=NameKind.FOREIGN, language="en"):
    """A further name, in the search text too."""
    ProductName.objects.create(product=product, kind=kind, language=language, text=text)
    row = ProductSearchText.objects.get(product=product)
    row.tokens += " " + (tokens_for([text]) if language.startswith("zh") else tokens_for([], latin=[text]))
    row.save()


def test_exact_name_then_beginning_then_part_then_the_rest():
    other = make_product("某地红茶", number=1, name_pinyin="Moudi Hongcha", name_en="")
    add_name(other, "黑茶之乡红茶", kind=NameKind.ALIAS, language="zh-Hans")
    make_product("安化黑茶", number=2)
    make_product("黑茶饼", number=3, name_pinyin="Heicha Bing")
    make_product("黑茶", number=4, name_pinyin="Heicha")
    assert names(search("黑茶")) == ["黑茶", "黑茶饼", "安化黑茶", "某地红茶"]


def test_an_alias_counts_as_the_name():
    make_product("安化黑茶砖", number=1)
    known_as = make_product("湖南黑砖", number=2, name_pinyin="Hunan Heizhuan")
    add_name(known_as, "安化黑茶", kind=NameKind.ALIAS, language="zh-Hans")
    assert names(search("安化黑茶")) == ["湖南黑砖", "安化黑茶砖"]


def test_ties_go_to_the_stronger_status_then_to_the_lower_number():
    make_product("甲黑茶", number=1, status=ProductStatus.REPORTED)
    make_product("乙黑茶", number=3, status=ProductStatus.APPROVED)
    make_product("丙黑茶", number=2, status=ProductStatus.MARK_USE_LISTED)
    make_product("丁黑茶", number=4, status=ProductStatus.APPROVED)
    assert [product.number for product in search("黑茶").products] == [3, 4, 2, 1]


@pytest.mark.parametrize(
    "text", ["安化 黑茶", "anhua heicha", "anhuaheicha", "ahhc", "AnHua", "安化黑茶 ", "黑茶", "茶"]
)
def test_ways_to_write_one_name(text):
    make_product("安化黑茶")
    make_product("五常大米", name_pinyin="Wuchang Dami")
    assert names(search(text)) == ["安化黑茶"]
    assert not search(text).forgiven


def test_traditional_characters():
    make_product("龙井茶", name_pinyin="Longjing Cha")
    assert names(search("龍井")) == ["龙井茶"]


def test_english_and_foreign_names_rank_as_names():
    product = make_product("安化黑茶", name_en="Anhua Dark Tea")
    add_name(product, "Anhwa dark tea")
    assert search("Anhwa dark tea").products.get().relevance == lookup.EXACT
    assert search("anhua dark").products.get().relevance == lookup.STARTS


@pytest.mark.parametrize("text", ["475", "第四七五号", "第475号", "agi2017-03-2119", "AGI2017"])
def test_numbers_of_announcements_and_registrations(text):
    product = make_product("安化黑茶")
    row = ProductSearchText.objects.get(product=product)
    row.tokens += " " + tokens_for([], numbers=["国家知识产权局公告第四七五号", "AGI2017-03-2119"])
    row.save()
    make_product("五常大米", name_pinyin="Wuchang Dami")
    assert names(search(text)) == ["安化黑茶"]


def test_the_reference_of_a_right_leads_to_its_product():
    product = make_product("安化黑茶", right=False)
    make_right(product, reference="GI00365")
    make_product("五常大米", name_pinyin="Wuchang Dami")
    assert names(search("gi00365")) == ["安化黑茶"]


def test_without_a_text_everything_is_found_the_strongest_first():
    make_product("甲", number=1, status=ProductStatus.REPORTED)
    make_product("乙", number=2)
    assert [product.number for product in search("  ").products] == [2, 1]


def test_one_wrong_character_is_forgiven_only_where_nothing_matches():
    make_product("安化黑茶")
    assert not search("安化黑茶").forgiven
    mistyped = search("安花黑茶")
    assert mistyped.forgiven
    assert names(mistyped) == ["安化黑茶"]
    assert [product.name_zh for product in lookup.did_you_mean(mistyped, list(mistyped.products))] == [
        "安化黑茶"
    ]


def test_a_filter_that_leaves_nothing_is_no_typing_error():
    make_product("安化黑茶")
    make_product("安花黑茶", status=ProductStatus.REPORTED, name_pinyin="Anhua Heicha")
    found = search("安化黑茶", Product.objects.filter(status=ProductStatus.REPORTED))
    assert not found.forgiven
    assert names(found) == []


def test_a_weak_answer_comes_with_a_suggestion():
    weak = make_product("某地红茶", number=1, name_pinyin="Moudi Hongcha")
    add_name(weak, "安花黑茶之友", kind=NameKind.ALIAS, language="zh-Hans")
    make_product("安化黑茶", number=2)
    found = search("安花黑茶")
    assert names(found) == ["某地红茶"]
    assert [product.name_zh for product in lookup.did_you_mean(found, list(found.products))] == ["安化黑茶"]


def test_no_suggestion_beside_a_name_that_answers():
    make_product("安化黑茶")
    make_product("安华黑茶", name_pinyin="Anhua Heicha")
    found = search("安化黑茶")
    assert lookup.did_you_mean(found, list(found.products)) == []


@pytest.mark.parametrize(
    "text", ["%", "_", "*", '"', "'", "^", "(", "AND OR", "茶 NEAR(", "茶*", "茶'--", "茶%", "\\"]
)
def test_signs_have_no_power(text):
    make_product("安化黑茶")
    make_product("五常大米", name_pinyin="Wuchang Dami")
    expected = ["安化黑茶"] if "茶" in text and "NEAR" not in text else []
    assert names(search(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["\x00", "\x00茶\x01", "茶" * 10_000, "a" * 10_000, "安化黑" * 4_000, "\ud800", "𠮷野", "\u202e茶"],
)
def test_any_text_gets_an_answer(text):
    make_product("安化黑茶")
    found = search(text)
    assert {product.name_zh for product in found.products} <= {"安化黑茶"}
    assert len(lookup.did_you_mean(found, [])) <= lookup.SUGGESTIONS


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_answers(number, django_assert_num_queries):
    for place in range(number):
        make_product(f"安化黑茶{'甲乙丙'[place]}")
    with django_assert_num_queries(2):
        assert len(list(search("黑茶").products)) == number
