"""Words of the other language say so, and nothing else of a text changes."""

import pytest
from django.forms import ChoiceField, Form
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.language_runs import marked, marked_html, marked_text, runs

ZH, EN = '<span lang="zh-Hans">', '<span lang="en">'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anhua dark tea", "Anhua dark tea"),
        ("names 52 units; 冷水江市 is left out", f"names 52 units; {ZH}冷水江市</span> is left out"),
        # Brackets, numbers and quotation marks within Chinese words belong to them.
        ("（演示）某市知识产权局 · demonstration", f"{ZH}（演示）某市知识产权局</span> · demonstration"),
        ("中欧“10+10”互保试点", f"{ZH}中欧“10+10”互保试点</span>"),
        ("北京市 110000", f"{ZH}北京市</span> 110000"),
        ("Standard T/DEMO 001 演示标准", f"Standard T/DEMO 001 {ZH}演示标准</span>"),
        ("<b>黑茶</b> & tea", f"&lt;b&gt;{ZH}黑茶</span>&lt;/b&gt; &amp; tea"),
    ],
)
def test_chinese_words_in_english(text: str, shown: str) -> None:
    assert marked_text(text, "en") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("安化黑茶", "安化黑茶"),
        ("来源 DB-IP，CN-EU-PILOT-B1", "来源 DB-IP，CN-EU-PILOT-B1"),  # abbreviations and codes
        ("安化黑茶 Anhua Dark", "安化黑茶 Anhua Dark"),  # a name
        ("见 list of approved users (excerpt)。", f"见 {EN}list of approved users (excerpt)</span>。"),
        ("440 of them in both.", f"{EN}440 of them in both.</span>"),
        ("https://example.org/one-two-three", "https://example.org/one-two-three"),
    ],
)
def test_english_words_in_chinese(text: str, shown: str) -> None:
    assert marked_text(text, "zh-hans") == shown


@given(st.text(alphabet="ab 黑茶，（）“”<>&'10+-.", max_size=40), st.sampled_from(["en", "zh-hans"]))
def test_marks_leave_every_character_where_it_was(text: str, language: str) -> None:
    assert "".join(words for words, _lang in runs(text, language)) == text


def test_html_keeps_its_elements_and_what_states_its_language_already() -> None:
    text = (
        '<p class="x">Tea <a href="/?a=1&amp;b=黑">黑茶&amp;茶</a><br>'
        '<b lang="zh-Hans">黑茶 with many English words</b></p><svg><text>黑</text></svg><code>黑</code><!-- 黑 -->'
    )
    assert marked_html(text, "en") == (
        f'<p class="x">Tea <a href="/?a=1&amp;b=黑">{ZH}黑茶</span>&amp;{ZH}茶</span></a><br>'
        f'<b lang="zh-Hans">黑茶 {EN}with many English words</span></b></p>'
        "<svg><text>黑</text></svg><code>黑</code><!-- 黑 -->"
    )


def test_marking_twice_marks_once() -> None:
    once = marked("Tea 黑茶 tea", "en")
    assert marked(once, "en") == once


def test_what_people_typed_is_escaped_and_only_safe_html_is_read_as_html() -> None:
    assert "<script" not in marked("<script>黑</script>", "en")
    assert marked(mark_safe("<i>黑</i>"), "en") == f"<i>{ZH}黑</span></i>"


def test_a_choice_states_its_language_and_keeps_its_value() -> None:
    class Places(Form):
        place = ChoiceField(choices=[("", "All"), ("430923", "安化县 430923")], initial="430923")

    with translation.override("en"):
        shown = Template("{{ field|marked }}").render(Context({"field": Places()["place"]}))
    assert '<option value="">All</option>' in shown
    assert '<option lang="zh-Hans" value="430923" selected>安化县 430923</option>' in shown


def test_the_words_of_a_box_to_tick_stay_together() -> None:
    box = '<label><input type="checkbox"> 安化黑茶 · Anhua</label><label><input type="radio"> Tea</label>'
    assert marked_html(box, "en") == (
        f'<label><input type="checkbox"><span> {ZH}安化黑茶</span> · Anhua</span></label>'
        '<label><input type="radio"> Tea</label>'
    )


def test_the_filter_follows_the_page_or_the_language_that_is_named() -> None:
    show = Template("{{ text|marked }}/{{ text|marked:'zh-hans' }}/{{ nothing|marked }}")
    with translation.override("en"):
        shown = show.render(Context({"text": "黑茶 is dark tea", "nothing": None}))
    assert shown == f"{ZH}黑茶</span> is dark tea/黑茶 {EN}is dark tea</span>/"
