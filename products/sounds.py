"""LEAF. Which names sound or look like another one, in whatever script, and why each is found.

A pure comparison of writings: letters without accents, the usual sounds of Latin letters, the pinyin of Chinese
characters, and words in common. It knows nothing of law: whether two names can be confused is for people to decide.
rapidfuzz is imported inside a function: only this question pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.text_forms import bracket_variants, chinese_runs, latin_words, syllables

K = TypeVar("K", bound=Hashable)

QUERY_LENGTH = 80  # characters that are read
LEAST_WORD = 4  # letters from which on a word in common, or one letter more or less, says something
LEAST_READING = 5  # letters of pinyin that must agree where only a part does
LEAST_CONSONANTS = 3

# Words of the goods, and small words, that many names have in common and none is told by.
COMMON = frozenset({
    "aceite", "azeite", "beer", "bier", "black", "blue", "brandy", "cha", "cheddar", "cheese", "cotes",
    "della", "dolina", "early", "farmed", "farmhouse", "fromage", "green", "hong", "jambon", "jamon", "jiu",
    "liqueur", "oil", "olio", "olive", "paleta", "pivo", "prosciutto", "queijo", "queso", "rice", "salmon",
    "scotch", "sierra", "smoked", "speck", "spirit", "spring", "tea", "vinagre", "vinho", "vino", "vodka",
    "whiskey", "whisky", "white", "wine", "wodka",
})  # fmt: skip


class Why(TextChoices):
    """What two writings have in common, the closest first. `{part}` is filled with the word that they share."""

    SAME = "same", _("written the same, perhaps but for accents and capitals")
    WITHIN = "within", _("one is a part of the other")
    WORD = "word", _("both have the word “{part}”")
    SOUND = "sound", _("written differently, but read alike by the usual sounds of the letters")
    PINYIN = "pinyin", _("the Chinese characters are read alike: {part}")
    CLOSE = "close", _("written almost the same; one or two letters differ")
    CONSONANTS = "consonants", _("the Chinese reading {part} runs through the same consonants")


RANK = {why: rank for rank, why in enumerate(Why)}


@dataclass(frozen=True)
class Match(Generic[K]):
    """A name that is like the one asked for: `text` is the writing that is, `part` what it has in common."""

    key: K
    why: Why
    text: str
    part: str = ""
    distance: int = 0

    @property
    def sentence(self) -> str:
        """Why it is here, in the language of the page."""
        return str(self.why.label).format(part=self.part)


@dataclass(frozen=True)
class _Form:
    """One writing, taken apart: Chinese characters, or Latin words with their sounds; and the pinyin of characters."""

    text: str
    characters: str
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    reading: tuple[str, ...]

    @property
    def joined(self) -> str:
        return "".join(self.words)


@lru_cache(maxsize=8192)
def _form(text: str) -> _Form:
    characters = "".join(chinese_runs(text))
    words = tuple(latin_words(text))
    return _Form(
        text,
        characters,
        words,
        tuple(map(sound, words)),
        tuple(syllables(characters)) if characters else (),
    )


def _forms(texts: Iterable[str]) -> list[_Form]:
    """Every writing, 'Jerez / Xérès / Sherry' as three and 孔泰（奶酪） with and without its brackets."""
    parts = [part for text in texts for part in text.split(" / ")]
    return [_form(variant) for part in parts for variant in dict.fromkeys(bracket_variants(part)) if variant.strip()]


# Letters that are read alike, from the left to the right, each once.
_SOUNDS = (
    (r"ph", "f"), (r"ch(?=[lrnt])", "k"), (r"tch|tsch|sch", "ch"), (r"ck|cq|qu?|kh", "k"), (r"x", "ks"),
    (r"c(?=[eiy])", "s"), (r"c(?!h)", "k"), (r"gn|nh|ñ", "n"), (r"lh|gl(?=i)", "l"), (r"th", "t"),
    (r"eaux?|aux?", "o"), (r"ou|oo", "u"), (r"ee|ie", "i"), (r"y|j(?![aou])", "i"), (r"w", "v"), (r"z", "s"),
    (r"(?<![cs])h", ""), (r"(.)\1+", r"\1"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """A Latin word as it is roughly read: 'champagne' and 'champan' give the same."""
    for pattern, letters in _SOUNDS:
        word = re.sub(pattern, letters, word)
    return re.sub(r"(?<=..)(?<=[^aeiou])e?s?$", "", word) or word


_CONSONANTS = (
    (r"zh|ch|sh|[jqxzcs]", "S"), (r"ng?|m", "N"), (r"er|[lr]", "L"), (r"[bp]", "B"), (r"[dt]", "T"),
    (r"[gk]", "K"), (r"[fvw]", "F"), (r"[a-zü0-9]", ""),
)  # fmt: skip


@lru_cache(maxsize=8192)
def consonants(word: str) -> str:
    """The consonants of a word or of a Chinese reading, in classes that a transcription keeps apart."""
    for pattern, letters in _CONSONANTS:
        word = re.sub(pattern, letters, word)
    return word


def alike(text: str, candidates: Iterable[tuple[K, Sequence[str]]]) -> list[Match[K]]:
    """The candidates, (key, its writings), that sound or look like the text, the closest first.

    Each is found once, for the strongest reason.
    """
    asked = _forms([text[:QUERY_LENGTH]])
    if not any(form.words or form.characters for form in asked):
        return []
    found = []
    for key, texts in candidates:
        matches = [
            (RANK[why], distance, abs(len(form.text) - len(one.text)), Match(key, why, form.text, part, distance))
            for form in _forms(texts)
            for one in asked
            if (answer := _compare(one, form)) is not None
            for why, part, distance in [answer]
        ]
        if matches:
            found.append(min(matches, key=lambda row: row[:3]))
    return [row[3] for row in sorted(found, key=lambda row: (*row[:3], row[3].text))]


Answer = tuple[Why, str, int]


def _compare(one: _Form, other: _Form) -> Answer | None:
    """The strongest thing that two writings have in common, None if there is nothing."""
    if one.characters and other.characters:
        return _characters(one, other)
    if one.words and other.words:
        return _latin(one, other)
    chinese, latin = (one, other) if one.characters else (other, one)
    if chinese.reading and latin.words:
        return _reading(chinese, latin)
    return None


def _characters(one: _Form, other: _Form) -> Answer | None:
    from rapidfuzz.distance import OSA

    short, long = sorted((one, other), key=lambda form: len(form.characters))
    if short.characters == long.characters:
        return Why.SAME, "", 0
    if len(short.characters) > 1 and short.characters in long.characters:
        return Why.WITHIN, "", 0
    if len(short.reading) > 1 and _inside(short.reading, long.reading):
        return Why.PINYIN, "".join(short.reading), len(long.reading) - len(short.reading)
    if len(short.characters) > 2 and OSA.distance(short.characters, long.characters, score_cutoff=1) == 1:
        return Why.CLOSE, "", 1
    if len("".join(short.reading)) > LEAST_READING and _distance("".join(short.reading), "".join(long.reading)) == 1:
        return Why.CLOSE, "", 1
    return None


def _latin(one: _Form, other: _Form) -> Answer | None:
    short, long = sorted((one, other), key=lambda form: len(form.words))
    if one.joined == other.joined:
        return Why.SAME, "", 0
    if len(short.joined) >= LEAST_WORD and _inside(short.words, long.words):
        return Why.WITHIN, "", 0
    shared = [word for word in one.words if word in other.words and _tells(word)]
    if shared:
        return Why.WORD, max(shared, key=len), 0
    if sound(one.joined) == sound(other.joined) or set(_telling(one)) & set(_telling(other)):
        return Why.SOUND, "", 0
    distances = [_distance(one.joined, other.joined)]
    distances += [_distance(a, b) for a in one.words for b in other.words if _tells(a) and _tells(b)]
    distances += [_distance(a, b) for a in _telling(one) for b in _telling(other) if len(a) > LEAST_WORD]
    near = [distance for distance in distances if distance is not None]
    return (Why.CLOSE, "", min(near)) if near else None


def _reading(chinese: _Form, latin: _Form) -> Answer | None:
    """A name in characters against one in letters, which may be typed pinyin or the name that was transcribed."""
    reading, syllable = "".join(chinese.reading), chinese.reading
    typed = latin.joined
    ends = ["".join(syllable[place:]) for place in range(len(syllable))]
    if typed == reading or (len(typed) >= LEAST_READING and any(end.startswith(typed) for end in ends)):
        return Why.PINYIN, " ".join(syllable), len(reading) - len(typed)
    if len(typed) > LEAST_READING and _distance(typed, reading) == 1:
        return Why.PINYIN, " ".join(syllable), 1
    runs = consonants(reading)
    spoken = [consonants(word) for word in [*_telling(latin), sound(typed)]]
    # The last consonant of a French name is mostly silent.
    if len(runs) >= LEAST_CONSONANTS and runs in {*spoken, *(word[:-1] for word in spoken)}:
        return Why.CONSONANTS, " ".join(syllable), 0
    return None


def _inside(short: Sequence[str], long: Sequence[str]) -> bool:
    size = len(short)
    return any(tuple(long[place : place + size]) == tuple(short) for place in range(len(long) - size + 1))


def _tells(word: str) -> bool:
    return len(word) >= LEAST_WORD and word not in COMMON


def _telling(form: _Form) -> list[str]:
    """The sounds of the words that a name is told by."""
    return [spoken for word, spoken in zip(form.words, form.sounds, strict=True) if _tells(word)]


def _distance(one: str, other: str) -> int | None:
    """Letters that differ, where they are few for the length: one from four letters on, two from eight on."""
    from rapidfuzz.distance import OSA

    size = min(len(one), len(other))
    allowed = 0 if size < LEAST_WORD else 1 if size < 2 * LEAST_WORD else 2
    distance = OSA.distance(one, other, score_cutoff=allowed)
    return distance if allowed and distance <= allowed else None
