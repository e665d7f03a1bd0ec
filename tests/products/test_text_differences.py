"""Differences between two versions of a text: nothing is lost, nothing crumbles, and long texts take no time."""

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.text_differences import ADDED, BLANKS, CHANGED, DROPPED, EQUAL, GONE, NEW, SAME, compare

AREA = "产地范围为湖南省安化县现辖行政区域。茶树种植于海拔300米至1000米的山区。"


def marked(before, after):
    """The pieces in one line: [-gone-] {+new+}."""
    signs = {SAME: "{}", GONE: "[-{}-]", NEW: "{{+{}+}}"}
    return "".join(signs[piece.kind].format(piece.text) for piece in compare(before, after).pieces)


def test_equal_texts_have_no_differences():
    found = compare(AREA, AREA)
    assert (found.kind, [piece.kind for piece in found.pieces]) == (EQUAL, [SAME])
    assert compare("", "").pieces == ()


def test_a_number_is_replaced_as_a_whole():
    after = AREA.replace("1000", "1200")
    assert compare(AREA, after).kind == CHANGED
    assert marked(AREA, after).endswith("海拔300米至[-1000-]{+1200+}米的山区。")
    assert marked("水分≤12.5%", "水分≤13.5%") == "水分≤[-12.5-]{+13.5+}%"


def test_words_in_latin_letters_stay_whole():
    assert marked("The tea is dark and strong.", "The tea is bright and strong.") == (
        "The tea is [-dark-]{+bright+} and strong."
    )


def test_a_county_that_came_in_is_shown_alone():
    assert marked("安化县、桃江县现辖行政区域。", "安化县、资阳区、桃江县现辖行政区域。") == (
        "安化县、{+资阳区、+}桃江县现辖行政区域。"
    )


def test_single_characters_that_happen_to_be_the_same_do_not_crumble_a_change():
    pieces = compare("汤色橙黄明亮，滋味醇厚。", "汤色红浓通透，滋味醇厚。").pieces
    assert len(pieces) <= 4
    inner = [piece for piece in pieces[1:-1] if piece.kind == SAME]
    assert all(len(piece.text) >= 4 for piece in inner)


def test_a_sentence_without_likeness_is_replaced_as_a_whole():
    assert marked("茶树种植于山区。香气纯正。", "采用手工制作工艺。香气纯正。") == (
        "[-茶树种植于山区。-]{+采用手工制作工艺。+}香气纯正。"
    )


@pytest.mark.parametrize("after", ["产地 范围。\n\n安化县。", " 产地范围。安化县。\r\n", "产地范围。\n安化县。"])
def test_only_blanks_and_line_ends(after):
    found = compare("产地范围。安化县。", after)
    assert found.kind == BLANKS
    assert [piece.kind for piece in found.pieces] == [SAME]


def test_a_part_that_came_or_went():
    assert compare("", AREA).kind == ADDED
    assert compare(" \n", AREA).pieces[0].kind == NEW
    assert compare(AREA, "").kind == DROPPED


ALPHABET = st.sampled_from("茶黑安化县现辖区域。；\n 12a")
TEXTS = st.text(ALPHABET, max_size=60)


@given(TEXTS, TEXTS)
def test_nothing_is_lost_on_either_side(before, after):
    found = compare(before, after)
    if found.kind not in (BLANKS, ADDED):
        assert "".join(piece.text for piece in found.before) == before
    if found.kind not in (BLANKS, DROPPED):
        assert "".join(piece.text for piece in found.after) == after
    kinds = [piece.kind for piece in found.pieces]
    assert all(left != right for left, right in itertools.pairwise(kinds))
    assert all(piece.text for piece in found.pieces)


@pytest.mark.parametrize("mark", ["。", ""], ids=["sentences", "one sentence"])
def test_long_texts_take_no_time(mark):
    chance = random.Random(1)
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 300)]

    def text(length):
        return "".join(chance.choice(signs) + (mark if number % 12 == 0 else "") for number in range(length))

    before, after = text(40_000), text(40_000)
    begin = time.process_time()
    found = compare(before, after)
    assert time.process_time() - begin < 4
    assert "".join(piece.text for piece in found.before) == before


def test_many_equal_sentences_take_no_time():
    begin = time.process_time()
    compare("安化。" * 1_900 + "甲。", "乙。" + "安化。" * 1_900)
    assert time.process_time() - begin < 4
