"""Names that sound or look alike: what is found, in which order, why, and what is not."""

import pytest

from products import sounds
from products.sounds import Why

NAMES = {
    "comte": ["Comté", "孔泰（奶酪）"],
    "champagne": ["Champagne", "香槟"],
    "chablis": ["Chablis"],
    "stilton": ["White Stilton / Blue Stilton", "斯提尔顿（奶酪）"],
    "parma": ["Prosciutto di Parma", "帕尔玛火腿"],
    "scotch": ["Scotch Whisky", "苏格兰威士忌"],
    "irish": ["Irish Whiskey / Uisce Beatha Eireannach / Irish Whisky", "爱尔兰威士忌"],
    "feta": ["Φέτα", "Feta", "菲达（奶酪）"],
    "tokaj": ["Tokaj / Tokaji"],
    "manchego": ["Queso Manchego", "蒙切哥（奶酪）"],
    "anhua": ["安化黑茶", "Anhua Hei Cha", "Anhua Dark Tea"],
    "puer": ["普洱茶", "Pu'er Tea"],
}


def found(text):
    return [(match.key, match.why) for match in sounds.alike(text, NAMES.items())]


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("comte", "comte", Why.SAME),
        ("COMTÉ", "comte", Why.SAME),
        ("孔泰", "comte", Why.SAME),
        ("孔太", "comte", Why.PINYIN),
        ("konte", "comte", Why.CONSONANTS),
        ("champan", "champagne", Why.SOUND),
        ("shampagne", "champagne", Why.CLOSE),
        ("香槟", "champagne", Why.SAME),
        ("香檳", "champagne", Why.SAME),
        ("香宾", "champagne", Why.PINYIN),
        ("xiang bin", "champagne", Why.PINYIN),
        ("夏布利", "chablis", Why.CONSONANTS),
        ("stilton", "stilton", Why.WITHIN),
        ("parma ham", "parma", Why.WORD),
        ("scotch wisky", "scotch", Why.SOUND),
        ("tokay", "tokaj", Why.SOUND),
        ("fetta", "feta", Why.SOUND),
        ("Φέτα", "feta", Why.SAME),
        ("蒙切戈", "manchego", Why.PINYIN),
        ("安化紅茶", "anhua", Why.CLOSE),
        ("anhuaheicha", "anhua", Why.SAME),
        ("pu erh cha", "puer", Why.PINYIN),
    ],
)
def test_the_first_name_found_and_why(text, key, why):
    assert found(text)[0] == (key, why)


@pytest.mark.parametrize("text", ["", "   ", "!?", "x", "ham", "cheese", "emmental", "龙井茶", "\0"])
def test_what_is_like_nothing_finds_nothing(text):
    assert found(text) == []


def test_words_of_the_goods_do_not_make_names_alike():
    assert ("irish", Why.WORD) not in found("scotch whisky")
    assert found("parma cheese") == [("parma", Why.WORD)]


def test_the_closest_stands_first_and_each_name_once():
    names = {"port": ["Porto / Port / Oporto"], "bordeaux": ["Bordeaux", "波尔多"]}
    answers = [(match.key, match.why) for match in sounds.alike("波尔多", names.items())]
    assert answers == [("bordeaux", Why.SAME), ("port", Why.CONSONANTS)]


def test_every_reason_is_a_sentence_with_what_is_shared():
    for why in Why:
        sentence = sounds.Match("key", why, "text", part="parma").sentence
        assert "{" not in sentence
        assert len(sentence) > 10
    [match] = sounds.alike("parma ham", NAMES.items())
    assert match.text == "Prosciutto di Parma"
    assert "parma" in match.sentence


def test_long_and_strange_texts_are_compared_without_failing():
    for text in ("a" * 10_000, "𠀀" * 500, "ﷺ" * 50, "(" * 90, "/ / /", "a / b / c", "（）"):
        sounds.alike(text, NAMES.items())


def test_a_name_that_is_a_part_of_another_in_characters():
    assert found("火腿") == [("parma", Why.WITHIN)]
    assert found("香槟酒")[0] == ("champagne", Why.WITHIN)
