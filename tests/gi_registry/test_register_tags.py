"""Words of the templates: half-known dates, names in two languages, status pills, carried parameters."""

import datetime
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import Context, engines
from django.test import RequestFactory
from django.utils import translation

from enterprises.states import AuthorisationState
from gi_registry.templatetags.register_tags import (
    PILL_KINDS,
    display_name,
    division_name,
    facet_head,
    facet_rest,
    page_numbers,
    partial_date,
    plain_name,
    status_pill,
)
from products.states import CONFIRMED, EntryStatus, ProductStatus

DAY = datetime.date(2014, 7, 31)


def render(source, query="", **values):
    template = engines["django"].engine.from_string(source)
    context = Context(values)
    context.request = RequestFactory().get("/products/" + query)
    return template.render(context)


def named(zh="安化黑茶", en="", pinyin=""):
    return SimpleNamespace(name_zh=zh, name_en=en, name_pinyin=pinyin)


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        ("year", '<time datetime="2014">2014</time>'),
        ("month", '<time datetime="2014-07">July 2014</time>'),
        ("day", '<time datetime="2014-07-31">31 July 2014</time>'),
        ("", '<time datetime="2014-07-31">31 July 2014</time>'),
    ],
)
def test_a_date_is_shown_no_more_exactly_than_it_is_known(precision, expected):
    with translation.override("en"):
        assert partial_date(DAY, precision) == expected


def test_chinese_dates_have_their_own_form():
    with translation.override("zh-hans"):
        assert partial_date(DAY, "month") == '<time datetime="2014-07">2014年7月</time>'
        assert partial_date(DAY, "day") == '<time datetime="2014-07-31">2014年7月31日</time>'


def test_an_unknown_date_is_nothing():
    assert partial_date(None, "year") == ""


def test_names_stand_in_the_order_of_the_page_and_say_their_language():
    tea = named(en="Anhua Dark Tea", pinyin="Anhua heicha")
    with translation.override("zh-hans"):
        assert display_name(tea) == (
            '<span class="name">安化黑茶</span> <span class="name-alt"><span lang="en">Anhua Dark Tea</span></span>'
        )
        assert plain_name(tea) == "安化黑茶"
    with translation.override("en"):
        assert display_name(tea) == (
            '<span class="name">Anhua Dark Tea</span> '
            '<span class="name-alt"><span lang="zh-Hans">安化黑茶</span></span>'
        )
        assert plain_name(tea) == "Anhua Dark Tea"


def test_pinyin_stands_in_for_a_missing_english_name_and_is_marked_as_chinese():
    with translation.override("en"):
        assert display_name(named(pinyin="Anhua heicha"), alt=False) == (
            '<span class="name"><span lang="zh-Latn">Anhua heicha</span></span>'
        )


def test_names_are_escaped():
    with translation.override("zh-hans"):
        assert "<script>" not in display_name(named(zh="<script>", en="<script>"))


def test_a_division_may_show_its_code():
    county = SimpleNamespace(name_zh="安化县", name_en="", name_pinyin="Anhua Xian", code="430923")
    with translation.override("zh-hans"):
        assert division_name(county) == "安化县"
        assert division_name(county, "code") == '安化县 <span class="code soft">430923</span>'
    assert division_name(None) == ""


@pytest.mark.parametrize("choices", [ProductStatus, AuthorisationState, EntryStatus])
def test_every_state_has_a_shape_and_a_colour(choices):
    assert [value for value in choices.values if value not in PILL_KINDS] == []


def test_only_confirmed_rights_look_protected():
    live = {status for status in ProductStatus if status_pill(status)["kind"] == "live"}
    assert live == CONFIRMED


def test_a_pill_splits_the_word_from_its_explanation():
    record = SimpleNamespace(status="reported", get_status_display=lambda: "reported only: not confirmed")
    assert status_pill(record) == {"kind": "look", "word": "Reported only", "note": "not confirmed"}
    assert status_pill(record, brief=True)["note"] == ""


def test_an_unknown_state_is_not_shown_as_protected():
    assert status_pill("something new")["kind"] == "info"


def test_a_form_carries_the_other_parameters_of_the_page():
    html = render("{% keep_params 'q' 'page' %}", '?q=tea&page=3&category=tea&province="><script>')
    assert html == (
        '<input type="hidden" name="category" value="tea">'
        '<input type="hidden" name="province" value="&quot;&gt;&lt;script&gt;">'
    )


def test_a_form_does_not_carry_endless_parameters():
    html = render("{% keep_params %}", "?" + "&".join(f"x{i}=1" for i in range(500)) + "&y=" + "z" * 5000)
    assert html.count("<input") == 40


def test_a_chosen_facet_entry_is_never_folded_away():
    entries = [{"label": str(i), "active": i == 9} for i in range(12)]
    assert [entry["label"] for entry in facet_head(entries, 3)] == ["0", "1", "2", "9"]
    assert len(facet_rest(entries, 3)) == 8


def test_a_fold_is_not_made_for_two_entries():
    assert facet_rest([{"label": str(i)} for i in range(5)], 3) == []


def test_long_page_lists_are_elided():
    assert page_numbers(Paginator(range(100), 5), 10) == [1, None, 8, 9, 10, 11, 12, None, 20]


def test_the_pager_keeps_the_question():
    page = Paginator(range(30), 10).page(2)
    html = render('{% include "components/pager.html" with page=page only %}', "?q=tea&page=2", page=page)
    assert 'href="?q=tea&amp;page=1"' in html
    assert 'href="?q=tea&amp;page=3"' in html


def test_what_was_typed_comes_back_escaped_in_the_search_box():
    html = render(
        '{% include "components/search_box.html" with action="/find/" label="Search" q=q keep=True only %}',
        "?province=430000&q=old",
        q='"><b>',
    )
    assert 'value="&quot;&gt;&lt;b&gt;"' in html
    assert '<input type="hidden" name="province" value="430000">' in html
    assert html.count('name="q"') == 1
