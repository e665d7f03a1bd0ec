"""Search text against a real full-text index: what is written down must be found the way people type it."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gi_registry.search_text import (
    QUERY_LENGTH,
    Query,
    closest,
    fuzzy_queries,
    normalise,
    parse_query,
    to_fts5,
    to_tsquery,
    tokens_for,
)

ROOT = Path(__file__).resolve().parents[2]

# name, pinyin as the register holds it, English name
NAMES = [
    ("安化黑茶", "Anhuaheicha", "Anhua Dark Tea"),
    ("安化松针", "Anhuasongzhen", ""),
    ("安吉白茶", "Anjibaicha", "Anji White Tea"),
    ("龙井茶", "Longjingcha", "Longjing Tea"),
    ("洞庭(山)碧螺春茶", "Dongtingshanbiluochuncha", "Dongting Mountain Biluochun Tea"),
    ("六安瓜片", "Luanguapian", "Lu'an Melon-seed-shaped Tea"),
    ("武夷红茶", "Wuyihongcha", ""),
    ("普洱茶", "Puercha", "Pu'er Tea"),
    ("安溪铁观音", "Anxitieguanyin", "Anxi Tie Guan Yin"),
    ("郫县豆瓣", "Pixiandouban", "Pixian Bean Paste"),
    ("盘锦大米", "Panjindami", "Panjin Rice"),
    ("五常大米", "Wuchangdami", "Wuchang Rice"),
    ("苍溪红心猕猴桃", "Cangxihongxinmihoutao", "Cangxi Red Kiwi Fruit"),
    ("白城绿豆", "Baichenglvdou", ""),
    ("国窖1573白酒", "Guojiao1573baijiu", ""),
    ("阳澄湖大闸蟹", "Yangchenghudazhaxie", ""),
    ("泗家水红头香椿", "Sijiashuihongtouxiangchun", ""),
    ("天津板栗(天津产区)", "Tianjinbanli", ""),
    ("北京鸭", "Beijingya", ""),
    ("和田玉枣", "Hetianyuzao", ""),
]


class Index:
    """A full-text table with the tokenizer that the register uses."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute(
            "CREATE VIRTUAL TABLE found USING fts5(tokens, tokenize='unicode61 remove_diacritics 0')"
        )

    def add(self, number: int, tokens: str) -> None:
        self.connection.execute("INSERT INTO found (rowid, tokens) VALUES (?, ?)", (number, tokens))

    def numbers(self, query: Query) -> list[int]:
        statement = "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid"
        return [row[0] for row in self.connection.execute(statement, (to_fts5(query),))]

    def close(self) -> None:
        self.connection.close()


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    index = Index()
    for number, (chinese, pinyin, english) in enumerate(NAMES):
        latin = [english] if english else []
        index.add(number, tokens_for([chinese], readings=[pinyin], latin=latin))
    yield index
    index.close()


@pytest.fixture
def empty_index() -> Iterator[Index]:
    index = Index()
    yield index
    index.close()


def found(index: Index, text: str) -> list[str]:
    return [NAMES[number][0] for number in index.numbers(parse_query(text))]


def meant(index: Index, text: str) -> list[str]:
    """What is offered after the exact query found nothing."""
    candidates = [
        (NAMES[number][0], [name for name in NAMES[number] if name])
        for number in index.numbers(fuzzy_queries(parse_query(text)))
    ]
    return closest(text, candidates)


# --- the ways a name is typed


@pytest.mark.parametrize(
    "text",
    [
        "安化黑茶",
        "安化 黑茶",
        "黑茶",
        "化黑",
        "安化黒茶",
        "anhua heicha",
        "anhuaheicha",
        "an hua hei cha",
        "ANHUA",
        "heicha",
        "heic",
        "ahhc",
        "hhc",
        "Anhua Dark Tea",
        "dark tea",
        "anhuadark",
        "安化heicha",
        "\u200b安化\u3000ＤＡＲＫ",
    ],
)
def test_a_name_is_found_as_people_type_it(index: Index, text: str) -> None:
    assert "安化黑茶" in found(index, text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("安化黑茶", ["安化黑茶"]),
        ("安化", ["安化黑茶", "安化松针"]),
        ("米", ["盘锦大米", "五常大米"]),
        ("大米", ["盘锦大米", "五常大米"]),
        ("hc", ["安化黑茶", "武夷红茶"]),
        ("龍井茶", ["龙井茶"]),
        ("獼猴桃", ["苍溪红心猕猴桃"]),
        ("⽩城", ["白城绿豆"]),  # a Kangxi radical looks like the character
        ("pu'er", ["普洱茶"]),
        ("pu er cha", ["普洱茶"]),
        ("Pu’er Tea", ["普洱茶"]),
        ("lu an melon", ["六安瓜片"]),
        ("tieguanyin", ["安溪铁观音"]),
        ("guan yin", ["安溪铁观音"]),
        ("lvdou", ["白城绿豆"]),
        ("ludou", ["白城绿豆"]),
        ("lǜdòu", ["白城绿豆"]),
        ("国窖１５７３", ["国窖1573白酒"]),
        ("guojiao1573", ["国窖1573白酒"]),
        ("洞庭碧螺春", ["洞庭(山)碧螺春茶"]),
        ("洞庭山碧螺春", ["洞庭(山)碧螺春茶"]),
        ("洞庭（山）碧螺春", ["洞庭(山)碧螺春茶"]),
        ("茶 anji", ["安吉白茶"]),
        ("安化白茶", []),
        ("uaheicha", []),  # readings begin at a syllable
    ],
)
def test_a_query_finds_these_names_only(index: Index, text: str, names: list[str]) -> None:
    assert found(index, text) == names


@pytest.mark.parametrize("text", ["", " ", "%", "_", '"', "\0", "()", "***", "-", "，。", "\ud800", "\u200b"])
def test_a_query_of_signs_only_finds_nothing_and_is_no_error(index: Index, text: str) -> None:
    assert not parse_query(text)
    assert found(index, text) == []
    assert index.numbers(fuzzy_queries(parse_query(text))) == []


@pytest.mark.parametrize(
    "text", ['"安化', "安化%", "安化\0", "(安化", "安化*", "^安化", "{安化}:", "安化' --"]
)
def test_signs_of_query_languages_only_separate(index: Index, text: str) -> None:
    assert "安化黑茶" in found(index, text)


def test_operators_are_words_like_others(index: Index) -> None:
    assert found(index, "anhua OR anji") == []
    assert found(index, "anhua NOT heicha") == []
    assert found(index, "NEAR(安化)") == []
    assert found(index, "tokens:安化") == []


def test_a_phrase_does_not_match_across_two_names(empty_index: Index) -> None:
    empty_index.add(1, tokens_for(["五常大米", "粉丝"]))
    assert empty_index.numbers(parse_query("米粉")) == []
    assert empty_index.numbers(parse_query("大米粉丝")) == []
    assert empty_index.numbers(parse_query("大米 粉丝")) == [1]


def test_an_editors_reading_is_found_beside_the_usual_one(empty_index: Index) -> None:
    empty_index.add(1, tokens_for(["单县羊肉汤"], readings=["shàn xiàn yáng ròu tāng"]))
    for text in ("shanxian", "shan xian", "sxyrt", "danxian", "dxyrt"):
        assert empty_index.numbers(parse_query(text)) == [1], text


@pytest.mark.parametrize("name", ["乾县锅盔", "重庆火锅", "铅山河红茶"])
def test_a_traditional_form_keeps_its_reading(empty_index: Index, name: str) -> None:
    empty_index.add(1, tokens_for([name]))
    reading = {"乾": "qianxian", "重": "chongqing", "铅": "yanshan"}[name[0]]
    assert empty_index.numbers(parse_query(reading)) == [1]
    assert empty_index.numbers(parse_query(name)) == [1]


@pytest.mark.parametrize(
    "name", ["Φέτα", "Prosciutto di Parma", "Český pivo", "Łącka", "Θεσσαλία 15e3x", "宇治の茶"]
)
def test_foreign_names_are_found_in_their_own_script_and_without_accents(
    empty_index: Index, name: str
) -> None:
    empty_index.add(1, tokens_for([], latin=[name]))
    for text in (name, name.upper(), name[:3], name.split()[-1]):
        assert empty_index.numbers(parse_query(text)) == [1], text


def test_accents_and_ligatures_do_not_matter(empty_index: Index) -> None:
    empty_index.add(
        1, tokens_for([], latin=["Nürnberger Rostbratwürste", "Münchener Weißbier", "Camembert d'Auge"])
    )
    for text in ("nurnberger", "NÜRNBERGER", "weissbier", "Weißbier", "auge", "d’auge", "dauge"):
        assert empty_index.numbers(parse_query(text)) == [1], text


# --- numbers


@pytest.mark.parametrize(
    "given", ["475", "第四七五号", "国家知识产权局公告第四七五号", "国家知识产权局公告第475号"]
)
@pytest.mark.parametrize("text", ["475", "４７５"])
def test_an_announcement_number_is_found_in_arabic_digits(empty_index: Index, given: str, text: str) -> None:
    empty_index.add(1, tokens_for(["北京鸭"], numbers=[given]))
    empty_index.add(2, tokens_for(["北京油鸡"], numbers=["574"]))
    assert empty_index.numbers(parse_query(text)) == [1]


@pytest.mark.parametrize("given", ["508", "第五〇八号"])
@pytest.mark.parametrize("text", ["第五〇八号", "第五○八号", "第五零八号", "五〇八"])
def test_an_announcement_number_is_found_in_chinese_digits(empty_index: Index, given: str, text: str) -> None:
    empty_index.add(1, tokens_for(["北京鸭"], numbers=[given]))
    assert empty_index.numbers(parse_query(text)) == [1]


@pytest.mark.parametrize("text", ["AGI2017-03-2119", "agi2017", "AGI 2017", "2119", "agi2017032119"])
def test_a_registration_number_is_found_whole_and_in_parts(empty_index: Index, text: str) -> None:
    empty_index.add(1, tokens_for(["北京鸭"], numbers=["AGI2017-03-2119"]))
    empty_index.add(2, tokens_for(["北京油鸡"], numbers=["4409718"]))
    assert empty_index.numbers(parse_query(text)) == [1]


# --- one wrong character


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("安花黑茶", "安化黑茶"),  # wrong
        ("安黑茶", "安化黑茶"),  # missing
        ("安化县黑茶", "安化黑茶"),  # surplus
        ("五长大米", "五常大米"),
        ("Anhwa dark tea", "安化黑茶"),
        ("anhwaheicha", "安化黑茶"),
        ("anhwa heicha", "安化黑茶"),
        ("longjign", "龙井茶"),  # two letters changed places
        ("wuchnagdami", "五常大米"),
        ("pixain bean", "郫县豆瓣"),
    ],
)
def test_one_wrong_character_is_forgiven(index: Index, text: str, first: str) -> None:
    assert found(index, text) == []
    assert meant(index, text)[0] == first


@pytest.mark.parametrize("text", ["安华", "hei", "1574", "安花白米", "anhwaxeichx"])
def test_what_is_too_short_or_too_far_is_not_forgiven(index: Index, text: str) -> None:
    assert meant(index, text) == []


def test_the_nearest_name_comes_first() -> None:
    candidates = [(1, ["安化黑茶王"]), (2, ["安化黑茶"]), (3, ["安化红茶"]), (4, ["盘锦大米", "Panjin Rice"])]
    assert closest("安花黑茶", candidates) == [2, 1]
    assert closest("安化黑茶", candidates) == [2, 1, 3]
    assert closest("安化黑茶", candidates, limit=1) == [2]
    assert closest("panjn rice", candidates) == [4]
    assert closest("", candidates) == []


def test_a_term_that_stands_elsewhere_in_the_record_does_not_hide_a_near_name() -> None:
    candidates = [("near", ["安化黑茶"]), ("far", ["盘锦大米"])]
    assert closest("安花黑茶 湖南", candidates) == ["near"]
    assert closest("湖南", candidates) == []


# --- for any text


letters = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=30)
signs = st.text(alphabet="ab1e39%_\"'*():-^&|!<>+{}\\\0 安化黑茶米黒龍〇○Åüß한กΦ😀𠮷㐀の", max_size=60)


@given(text=letters | signs)
@example(text="茶" * 1000)
@example(text="ﷺ" * 300)  # grows under normalisation
@example(text=" ".join(map(chr, range(0x4E00, 0x4E00 + 300))))
@example(text="abcde " * 100)
@example(text="abcdefghij" * 20)
def test_no_text_is_an_error(index: Index, text: str) -> None:
    query = parse_query(text)
    assert len(query.text) <= QUERY_LENGTH
    for asked in (query, fuzzy_queries(query)):
        index.numbers(asked)
        to_tsquery(asked).encode()
    closest(text, [(1, ["安化黑茶", "Anhua Dark Tea"])])


@given(text=letters | signs)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


common = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
chinese = st.text(
    alphabet=common
    | st.sampled_from("㐁䶵〇黒龍麵乾薴𠮷𪜶𫝼𰀀豈のガー"),  # rare, variant and compatibility forms
    min_size=1,
    max_size=8,
)


@given(name=chinese)
def test_every_part_of_a_chinese_name_finds_it(name: str) -> None:
    index = Index()
    index.add(1, tokens_for(["茶", name, "米"]))
    missing = [
        name[start:end]
        for start in range(len(name))
        for end in range(start + 1, len(name) + 1)
        if index.numbers(parse_query(name[start:end])) != [1]
    ]
    index.close()
    assert not missing


@given(given_name=letters, number=signs)
def test_tokens_are_plain_for_both_databases(given_name: str, number: str) -> None:
    """A token that one of the databases would split or fold would be found on the other one only."""
    tokens = tokens_for([given_name], readings=[number], latin=[given_name], numbers=[number]).split(" ")
    for token in filter(None, tokens):
        assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789" or "㐀" <= c <= "龥" for c in token), token
        assert not re.match("[0-9]+e", token), token  # 15e3x: a number and a word to PostgreSQL


# --- expressions


@pytest.mark.parametrize(
    ("text", "tsquery", "fts5"),
    [
        ("安化黑茶", "('安化' <-> '化黑' <-> '黑茶')", '"安化 化黑 黑茶"'),
        ("黑茶", "'黑茶'", '"黑茶"'),
        ("茶", "'茶':*", '"茶" *'),
        ("heicha", "'heicha':*", '"heicha" *'),
        ("安化 tea", "('安化' & 'tea':*)", '("安化" AND "tea" *)'),
        ("pu er", "('puer':* | ('pu':* & 'er':*))", '("puer" * OR ("pu" * AND "er" *))'),
        ("", "", '""'),
    ],
)
def test_both_databases_are_asked_the_same(text: str, tsquery: str, fts5: str) -> None:
    assert to_tsquery(parse_query(text)) == tsquery
    assert to_fts5(parse_query(text)) == fts5


def test_a_forgiving_query_for_three_characters() -> None:
    assert to_tsquery(fuzzy_queries(parse_query("龙井茶"))) == (
        "(('龙井' <-> '井茶') | '井茶' | ('龙':* & '茶':*) | '龙井')"
    )


def test_a_page_that_does_not_search_does_not_load_the_dictionaries() -> None:
    code = (
        "import sys, gi_registry.search_text;"
        "print([name for name in ('pypinyin', 'opencc', 'rapidfuzz') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
