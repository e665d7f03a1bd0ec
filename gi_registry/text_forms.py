"""LEAF. Letters of search: how text is compared, cut into runs and spelled as tokens. `search_text` builds on it.

pypinyin and opencc are imported inside functions: together they take tens of megabytes and a noticeable part of a
second, and a process that only reads pages should not pay for what only saving and searching need.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

WORD_LENGTH = 40  # letters of a Latin token; index and query cut at the same place

_HAN = "\u3401-\u4dbf\u4e00-\u9fff\u3041-\u3096\u30a1-\u30fa\u30fc\U00020000-\U0003ffff"  # written without blanks
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
IS_HAN = re.compile(rf"[{_HAN}]")
_SAFE = re.compile("[a-z0-9\u3401-\u4db5\u4e00-\u9fa5]")  # letters to both databases, whatever their age
_APOSTROPHES = re.compile("['`\u00b4\u02b9-\u02bf\u2018\u2019]")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
# Forms that opencc's t2s leaves alone: Japanese and printers' variants met in names of goods, and the zeros.
_VARIANTS = dict(zip("黒塩醤鶏桜豊竜亀沢県広浜栄鉄麺〇○", "黑盐酱鸡樱丰龙龟泽县广滨荣铁面零零", strict=True))


def normalise(text: str) -> str:
    """Text as search compares it: NFKC, simplified characters, lower case, single blanks, nothing invisible."""
    text = unicodedata.normalize("NFKC", text).lower()
    return " ".join("".join(map(_plain, unicodedata.normalize("NFKC", text))).split())


@cache  # bounded by Unicode
def _plain(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    if character in _VARIANTS:
        return _VARIANTS[character]
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Cs"):  # zero-width signs and halves of characters
        return ""
    return _to_simplified(character) if IS_HAN.match(character) else character


def _to_simplified(character: str) -> str:
    # Character by character, never by phrase: a part of a name must become what it is inside the whole name.
    converter = _converter()
    return converter(converter(character))  # twice: 薴 -> 苧 -> 苎


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def syllables(name: str) -> list[str]:
    if not IS_HAN.search(name):
        return units(name)
    from pypinyin import lazy_pinyin

    # From the name as written: 乾 is gan as 'dry', but qian in 乾县, which simplifying would hide.
    return [unit for syllable in lazy_pinyin(name) for unit in units(syllable) if unit.isascii()]


def _fold(text: str, apostrophe: str = "") -> str:
    """Normalised text without accents; `apostrophe` replaces apostrophes."""
    decomposed = unicodedata.normalize("NFD", _APOSTROPHES.sub(apostrophe, normalise(text)))
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn").translate(_LETTERS)


def runs(text: str, apostrophe: str = "") -> list[tuple[bool, list[str]]]:
    """(is Chinese, runs): a Chinese run stands alone, neighbouring words form one group."""
    groups: list[tuple[bool, list[str]]] = []
    for run in _RUN.findall(_fold(text, apostrophe)):
        han = IS_HAN.match(run) is not None
        if not han and groups and not groups[-1][0]:
            groups[-1][1].append(run)
        else:
            groups.append((han, [run]))
    return groups


def latin_words(text: str) -> list[str]:
    return [word for han, group in runs(text) if not han for word in group]


def units(text: str) -> list[str]:
    """Words at whose start a search may begin: Pu'er -> pu er, agi2017 -> agi 2017."""
    words = (word for han, group in runs(text, " ") if not han for word in group)
    return [part for word in words for part in digit_borders(word)]


def digit_borders(word: str) -> list[str]:
    return re.findall("[0-9]+|[^0-9]+", word)


def suffixes(units: list[str]) -> list[str]:
    return ["".join(units[i:])[:WORD_LENGTH] for i in range(len(units))]


def grams(run: str) -> list[str]:
    return [spell(run[i : i + 2]) for i in range(len(run))]


@lru_cache(maxsize=4096)
def spell(word: str) -> str:
    """The word in safe letters. Others become their code point, so prefixes stay prefixes."""
    spelled = "".join(c if _SAFE.match(c) else f"u{ord(c):05x}" for c in word)
    # PostgreSQL would read 15e3x as the number 15e3 and a word.
    return re.sub("^([0-9]+)e", r"\1u00065", spelled)


def chinese_runs(text: str) -> list[str]:
    return [run for is_chinese, group in runs(text) if is_chinese for run in group]


def bracket_variants(name: str) -> list[str]:
    """洞庭(山)碧螺春茶 is also looked for as 洞庭山碧螺春茶 and 洞庭碧螺春茶."""
    name = unicodedata.normalize("NFKC", name)
    if "(" not in name:
        return [name]
    return [name, re.sub(r"[()]", "", name), re.sub(r"\([^()]*\)", "", name)]


def umlaut_to_v(reading: str) -> str:
    return re.sub("u([\u0300\u0301\u0304\u030c]*)\u0308", "v", unicodedata.normalize("NFD", reading.lower()))


def with_both_u(reading: list[str]) -> Iterator[list[str]]:
    """Pinyin ü is typed as v and as u."""
    yield reading
    if any("v" in unit for unit in reading):
        yield [unit.replace("v", "u") for unit in reading]


_TO_CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
_TO_ARABIC = str.maketrans("零一二三四五六七八九", "0123456789")


def both_digits(number: str) -> str:
    """A short number also as announcements write it (第四七五号), and the other way round."""
    number = normalise(number)
    if re.fullmatch("[0-9]{1,4}", number):
        return f"{number} 第{number.translate(_TO_CHINESE)}号"
    written = re.search("第([零一二三四五六七八九]+)号", number)
    return f"{number} {written[1].translate(_TO_ARABIC)}" if written else number


def forgivable(word: str) -> bool:
    return 4 <= len(word) <= WORD_LENGTH and word.isascii() and word.isalpha()


def deletions(word: str) -> list[str]:
    """The word and every form with one letter less: two words one letter apart share one of them."""
    return sorted({word, *(word[:i] + word[i + 1 :] for i in range(len(word)))})
