"""LEAF. What differs between two versions of a text, calmly: a few longer stretches instead of single characters.

Chinese has no blanks between words, so texts are compared character by character, but numbers and words in Latin
letters stay whole. Stretches that are too short to be read as "the same" between two changes join them. Comparing
takes time that grows with the square of the length: sentences are paired first, and what is compared character by
character is bounded; beyond that a stretch is shown as replaced.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
EQUAL, BLANKS, CHANGED, ADDED, DROPPED = "equal", "blanks", "changed", "added", "dropped"

SHORTEST = 4  # characters of a stretch that stands as unchanged between two changes
ALIKE = 0.4  # share of characters that two stretches have in common, or one is shown as replaced by the other
MOST_PAIRS = 400_000  # pairs of characters that are compared in all
MOST_SENTENCES = 2_000  # of each text; longer texts are compared as a whole only
_SENTENCES = re.compile(r"[^。；;！？!?\n]*[。；;！？!?\n]+|[^。；;！？!?\n]+$")
_WORDS = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_㐀-鿿]+|\s+|.", re.S)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is in both versions (`SAME`), only in the old (`GONE`) or only in the new one (`NEW`)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """How two texts differ as a whole (`EQUAL`, `BLANKS`: only in blanks, ...), and their pieces in order."""

    kind: str
    pieces: tuple[Piece, ...]

    @property
    def before(self) -> tuple[Piece, ...]:
        """The old text, with what the new one lacks."""
        return tuple(piece for piece in self.pieces if piece.kind != NEW)

    @property
    def after(self) -> tuple[Piece, ...]:
        """The new text, with what the old one lacks."""
        return tuple(piece for piece in self.pieces if piece.kind != GONE)


def compare(before: str, after: str) -> Comparison:
    """The differences between two texts. Of texts that differ in blanks and line ends alone, the new one is given."""
    if before == after:
        return Comparison(EQUAL, (Piece(SAME, after),) if after else ())
    if _bare(before) == _bare(after):
        return Comparison(BLANKS, (Piece(SAME, after),) if after.strip() else ())
    if not before.strip():
        return Comparison(ADDED, (Piece(NEW, after),))
    if not after.strip():
        return Comparison(DROPPED, (Piece(GONE, before),))
    return Comparison(CHANGED, tuple(_pieces(before, after)))


def _bare(text: str) -> str:
    return _BLANKS.sub("", text)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    """Sentences are paired first; those without a partner are compared word by word."""
    old, new = _SENTENCES.findall(before), _SENTENCES.findall(after)
    if max(len(old), len(new)) > MOST_SENTENCES:
        old, new = [before], [after]
    left = MOST_PAIRS
    found: list[Piece] = []
    for kind, first, second in _blocks(old, new):
        if kind == SAME:
            found.append(Piece(SAME, "".join(first)))
            continue
        words, other = _WORDS.findall("".join(first)), _WORDS.findall("".join(second))
        cost = len(words) * len(other)
        if not cost or cost > left:
            found += _replaced(words, other)
        else:
            left -= cost
            found += _inside(words, other)
    return _joined(found)


def _blocks(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[str, Sequence, Sequence]]:  # type: ignore[type-arg]
    """Stretches of both in order; what both begin and end with needs no comparing."""
    start, shorter = 0, min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start:
        yield SAME, old[:start], new[:start]
    first, second = old[start : len(old) - end], new[start : len(new) - end]
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        yield (SAME if tag == "equal" else GONE), first[a_from:a_to], second[b_from:b_to]
    if end:
        yield SAME, old[len(old) - end :], new[len(new) - end :]


def _inside(words: Sequence[str], other: Sequence[str]) -> list[Piece]:
    """Two stretches word by word; those that have too little in common are replaced as a whole."""
    blocks = [(kind, "".join(first), "".join(second)) for kind, first, second in _blocks(words, other)]
    shared = sum(len(first) for kind, first, _second in blocks if kind == SAME)
    if shared < ALIKE * min(len("".join(words)), len("".join(other))):
        return _replaced(words, other)
    found: list[Piece] = []
    for place, (kind, first, second) in enumerate(blocks):
        between = 0 < place < len(blocks) - 1
        if kind == SAME and not (between and len(_bare(first)) < SHORTEST):
            found.append(Piece(SAME, first))
        else:
            found += _replaced(first, second)
    return found


def _replaced(before: Iterable[str], after: Iterable[str]) -> list[Piece]:
    return [Piece(kind, text) for kind, text in ((GONE, "".join(before)), (NEW, "".join(after))) if text]


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind become one; what is gone stands before what is new."""
    gone = new = same = ""
    for piece in pieces:
        if piece.kind == SAME:
            yield from _replaced(gone, new)
            gone, new, same = "", "", same + piece.text
            continue
        if same:
            yield Piece(SAME, same)
            same = ""
        gone, new = (gone + piece.text, new) if piece.kind == GONE else (gone, new + piece.text)
    yield from _replaced(gone, new)
    if same:
        yield Piece(SAME, same)
