"""LEAF. Search text: what a record is found by, and what a query asks for, the same on SQLite and PostgreSQL.

A record's search text is a row of tokens. Chinese runs become overlapping bigrams and their last character
(安化黑茶 -> 安化 化黑 黑茶 茶); readings and Latin names become suffixes at syllable or word borders
(anhuaheicha huaheicha heicha cha). So a phrase of bigrams finds any part of a name, and a prefix finds any part of
a reading that starts at a syllable. Tokens hold only a-z, 0-9 and common Chinese characters, because FTS5
(`tokenize='unicode61 remove_diacritics 0'`) and PostgreSQL's 'simple' configuration split anything else differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from gi_registry.text_forms import (
    IS_HAN,
    WORD_LENGTH,
    both_digits,
    bracket_variants,
    chinese_runs,
    deletions,
    digit_borders,
    forgivable,
    grams,
    latin_words,
    runs,
    spell,
    suffixes,
    syllables,
    umlaut_to_v,
    units,
    with_both_u,
)
from gi_registry.text_forms import normalise as normalise  # part of this module's interface

K = TypeVar("K")

QUERY_LENGTH = 200  # characters of a query that are read
UNSEEN = 2  # characters that a term found elsewhere in the record counts
FORGIVEN_LENGTH = 20  # longest Chinese run in which one wrong character is forgiven

# Unsafe letters are spelled out, this one too, so no query term can begin with it: it separates fields and marks
# the one-letter-deletion forms without being reachable by a prefix query.
MARK = "\u3400"


# --- the search text of a record


def tokens_for(
    names: Iterable[str],
    *,
    readings: Iterable[str] = (),
    latin: Iterable[str] = (),
    numbers: Iterable[str] = (),
) -> str:
    """Tokens of one record, separated by blanks.

    `names`: Chinese names (their pinyin is added). `readings`: pinyin set by an editor where the usual one is wrong,
    best with blanks between syllables. `latin`: English and foreign names. `numbers`: announcement, registration
    and trademark numbers; '475' and '第四七五号' are each found by the other.
    """
    fields: dict[str, None] = {}  # Chinese runs; dicts keep the order and drop what is there already
    words: dict[str, None] = {}  # Latin tokens
    forgiving: dict[str, None] = {}  # Latin words that a query may write with one wrong letter

    for name in (variant for given in names for variant in bracket_variants(given)):
        fields |= dict.fromkeys(chinese_runs(name))
        for reading in with_both_u(syllables(name)):
            _add_reading(reading, words, forgiving)
    for text in readings:
        for reading in with_both_u(units(umlaut_to_v(text))):
            _add_reading(reading, words, forgiving)
    for name in latin:
        fields |= dict.fromkeys(chinese_runs(name))
        words |= dict.fromkeys(suffixes(units(name)))
        forgiving |= dict.fromkeys([*latin_words(name), "".join(units(name))])
    for number in map(both_digits, numbers):
        fields |= dict.fromkeys(chinese_runs(number))
        for is_chinese, group in runs(number):
            if not is_chinese:
                words |= dict.fromkeys(suffixes([part for word in group for part in digit_borders(word)]))

    tokens = [token for field in fields for token in (*grams(field), MARK)]
    tokens += map(spell, words)
    tokens += dict.fromkeys(MARK + form for word in forgiving if forgivable(word) for form in deletions(word))
    return " ".join(tokens)


def _add_reading(reading: list[str], words: dict[str, None], forgiving: dict[str, None]) -> None:
    words |= dict.fromkeys(suffixes(reading))
    words |= dict.fromkeys(suffixes([unit if unit[0].isdigit() else unit[0] for unit in reading]))
    # The whole, the place in front and the goods behind (mostly two syllables each): what people type.
    forgiving |= dict.fromkeys(("".join(reading), "".join(reading[:2]), "".join(reading[-2:])))


# --- queries


@dataclass(frozen=True)
class Term:
    """Consecutive tokens; with `prefix` the only token may go on. `text` is what the reader typed."""

    text: str
    tokens: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Node, ...]


Node = Term | AllOf | AnyOf


@dataclass(frozen=True)
class Query:
    """`text`: the normalised query. `root`: what must match; None (and a false query) matches nothing."""

    text: str
    root: AllOf | None

    def __bool__(self) -> bool:
        return self.root is not None


def parse_query(text: str) -> Query:
    """Read whatever was typed; never raises. All terms must match; punctuation only separates.

    Neighbouring Latin words match one by one or written together: 'pu er' finds puer, 'an hua' finds anhua.
    """
    text = normalise(text[:QUERY_LENGTH])[:QUERY_LENGTH]
    parts: dict[Node, None] = {}
    for is_chinese, group in runs(text):
        if is_chinese:
            parts[_chinese_term(group[0])] = None
        else:
            words = tuple(dict.fromkeys(map(_latin_term, group)))
            parts[AnyOf((_latin_term("".join(group)), AllOf(words))) if len(group) > 1 else words[0]] = None
    return Query(text, AllOf(tuple(parts)) if parts else None)


def _chinese_term(run: str) -> Term:
    return Term(run, (spell(run),), prefix=True) if len(run) == 1 else Term(run, tuple(grams(run)[:-1]))


def _latin_term(word: str) -> Term:
    return Term(word, (spell(word[:WORD_LENGTH]),), prefix=True)


def to_fts5(query: Query) -> str:
    """MATCH expression of SQLite FTS5; an empty phrase matches nothing, while an empty text is an error there."""

    def term(term: Term) -> str:
        return f'"{" ".join(term.tokens)}"{" *" if term.prefix else ""}'

    return _render(query.root, term, " AND ", " OR ") if query.root else '""'


def to_tsquery(query: Query) -> str:
    """Argument of PostgreSQL's to_tsquery('simple', …); '' matches nothing."""

    def term(term: Term) -> str:
        words = " <-> ".join(f"'{token}'" for token in term.tokens)
        return f"({words})" if len(term.tokens) > 1 else words + ":*" * term.prefix

    return _render(query.root, term, " & ", " | ") if query.root else ""


def _render(node: Node, term: Callable[[Term], str], all_of: str, any_of: str) -> str:
    if isinstance(node, Term):
        return term(node)
    joined = (all_of if isinstance(node, AllOf) else any_of).join(
        _render(part, term, all_of, any_of) for part in node.parts
    )
    return f"({joined})" if len(node.parts) > 1 else joined


# --- one wrong character


def fuzzy_queries(query: Query) -> Query:
    """A wider query for when the exact one finds nothing; false if nothing in it can be forgiven.

    Each Chinese run of three or more characters may have one wrong, missing or surplus character, each Latin word of
    four or more letters one such letter. Two characters or three letters are too few to forgive one, a digit never
    is. The answer holds candidates only: let `closest` choose among them.
    """
    root = AllOf(tuple(map(_loosen, query.root.parts))) if query.root else None
    return Query(query.text, root if root != query.root else None)


def _loosen(node: Node) -> Node:
    if isinstance(node, AllOf):
        return AllOf(tuple(map(_loosen, node.parts)))
    if isinstance(node, AnyOf):
        return AnyOf(tuple(map(_loosen, node.parts)))
    if not _can_forgive(node):
        return node
    if not IS_HAN.match(node.text):
        return AnyOf((node, *(Term(node.text, (MARK + form,)) for form in deletions(node.text))))
    run = node.text
    cuts = [(run[:i], run[i + 1 :]) for i in range(len(run))]
    return AnyOf((node, *(AllOf(tuple(_chinese_term(part) for part in cut if part)) for cut in cuts)))


def _can_forgive(term: Term) -> bool:
    if IS_HAN.match(term.text):
        return 3 <= len(term.text) <= FORGIVEN_LENGTH
    return forgivable(term.text)


def closest(query_text: str, candidates: Iterable[tuple[K, list[str]]], limit: int = 5) -> list[K]:
    """Keys of the candidates whose names come close enough to the query, nearest first.

    Candidates are (key, names in any script). A term may differ in one character, a Latin word of more than six
    letters in two, from some part of a name (from the start of a word or syllable in Latin). Terms that cannot be
    forgiven and are in no name rank a candidate lower: the index found them elsewhere in the record.
    """
    query = parse_query(query_text)
    parts = query.root.parts if query.root else ()
    ranked = []
    for order, (key, names) in enumerate(candidates):
        distance = _Forms.of(names).distance_of_all(parts)
        if distance is not None:
            surplus = min(abs(len(name) - len(query.text)) for name in names)
            ranked.append(((distance, surplus, order), key))
    return [key for _, key in sorted(ranked, key=lambda row: row[0])[:limit]]


@dataclass(frozen=True)
class _Forms:
    """The names of one candidate as terms meet them."""

    chinese: tuple[str, ...]
    latin: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> _Forms:
        fields: dict[str, None] = {}
        words: dict[str, None] = {}
        for name in (variant for given in names for variant in bracket_variants(given)):
            fields |= dict.fromkeys(chinese_runs(name))
            for reading in with_both_u(syllables(name)):
                _add_reading(reading, words, {})
        return cls(tuple(fields), tuple(words))

    def distance_of_all(self, parts: Iterable[Node]) -> int | None:
        distances = []
        for part in parts:
            distance = self.distance(part)
            if distance is not None:
                distances.append(distance)
            elif isinstance(part, Term) and not _can_forgive(part):
                distances.append(UNSEEN)
            else:
                return None
        return sum(distances) if any(distance < UNSEEN for distance in distances) else None

    def distance(self, node: Node) -> int | None:
        """Characters that differ in all, None if too many."""
        if isinstance(node, Term):
            return self._term_distance(node)
        distances = [self.distance(part) for part in node.parts]
        known = [distance for distance in distances if distance is not None]
        if isinstance(node, AnyOf):
            return min(known, default=None)
        return sum(known) if len(known) == len(distances) else None

    def _term_distance(self, term: Term) -> int | None:
        is_chinese = IS_HAN.match(term.text) is not None
        inside = any(term.text in run for run in self.chinese)
        if inside or any(word.startswith(term.text) for word in self.latin):
            return 0
        if not _can_forgive(term):
            return None
        from rapidfuzz.distance import OSA  # like the other text libraries: only searching pays for it

        size = len(term.text)
        allowed = 2 if size > 6 and not is_chinese else 1
        nearest = min(
            (
                OSA.distance(term.text, form[start:end], score_cutoff=allowed)
                for form in (self.chinese if is_chinese else self.latin)
                for start in (range(len(form)) if is_chinese else (0,))
                for end in range(start + size - allowed, start + size + allowed + 1)
            ),
            default=allowed + 1,
        )
        return nearest if nearest <= allowed else None
