"""Pages that are compressed once: what a browser unpacks is the page with its words, whatever they are."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.ready_pages import ReadyPage, takes_gzip

MARKS = "\ue0f0\ue0f1"
plain = st.text(alphabet=st.characters(blacklist_characters=MARKS, blacklist_categories=["Cs"]), max_size=300)


@given(st.lists(plain, min_size=1, max_size=6), plain, plain)
def test_what_is_unpacked_is_the_page_with_its_words(pieces, one, other):
    text = "".join(piece + MARKS[number % 2] for number, piece in enumerate(pieces))
    page, words = ReadyPage(text, MARKS), dict(zip(MARKS, (one, other), strict=True))
    wanted = text.replace(MARKS[0], one).replace(MARKS[1], other)
    assert page.filled(words).decode() == wanted
    assert gzip.decompress(page.gzipped(words)).decode() == wanted


def test_a_page_is_smaller_than_its_text():
    page = ReadyPage("<p>地理标志产品登记簿</p>" * 200 + "\ue0f0", "\ue0f0")
    assert len(page.gzipped({"\ue0f0": "7KQ2"})) < 300


def test_a_missing_word_is_a_mistake_and_no_gap():
    with pytest.raises(KeyError):
        ReadyPage("a\ue0f0b", "\ue0f0").gzipped({})


@pytest.mark.parametrize(
    ("header", "takes"),
    [("gzip, deflate, br", True), ("br;q=1, gzip;q=0.8", True), ("", False), ("br", False), ("gzip;q=0", False),
     ("gzip; q=0.0, br", False), ("deflate, gzip;q=1.0", True)],
)  # fmt: skip
def test_browsers_say_whether_they_read_gzip(header, takes):
    assert takes_gzip(header) is takes
