"""LEAF. What of a text a list of results shows: a stretch around the first match, with the matching words marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from gi_registry.search_text import Node, Query, Term
from gi_registry.text_forms import IS_HAN, normalise

LENGTH = 150  # signs of an excerpt, about two lines; Chinese characters count twice
BEFORE = 40  # of these, at most so many before the first match

# Pieces of a text in order, each with whether it is to be marked.
Pieces = list[tuple[str, bool]]


def needles(query: Query) -> tuple[str, ...]:
    """The words of a query as they may stand in a text, the longest first."""
    found = dict.fromkeys(_terms(query.root)) if query.root else {}
    return tuple(sorted(found, key=len, reverse=True))


def _terms(node: Node) -> Iterator[str]:
    if isinstance(node, Term):
        yield node.text
    else:
        for part in node.parts:
            yield from _terms(part)


def marked(text: str, words: tuple[str, ...]) -> Pieces:
    """The whole text in pieces."""
    pieces: Pieces = []
    end = 0
    for start, stop in _spans(text, words):
        pieces += [(text[end:start], False), (text[start:stop], True)]
        end = stop
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def excerpt(text: str, words: tuple[str, ...], length: int = LENGTH) -> Pieces:
    """A stretch of the text around the first match, or its beginning; with signs where something is left out."""
    spans = _spans(text, words)
    first = spans[0][0] if spans else 0
    width = 2 if IS_HAN.search(text[first : first + 20]) else 1
    start = _word_border(text, max(0, first - BEFORE // width))
    stop = min(len(text), start + length // width)
    cut = text[start:stop]
    if stop < len(text) and not IS_HAN.match(cut[-1:]) and " " in cut[-20:]:
        cut = cut[: cut.rindex(" ")]
    pieces = marked(cut, words)
    before: Pieces = [("… ", False)] if start else []
    after: Pieces = [(" …", False)] if start + len(cut) < len(text) else []
    return before + pieces + after


def holds(text: str, words: tuple[str, ...]) -> bool:
    """Whether any of the words stands in a text."""
    return bool(_spans(text, words))


def _word_border(text: str, start: int) -> int:
    """The same place, or a little later where that would cut a Latin word in two."""
    if not start or IS_HAN.match(text[start]) or text[start - 1] == " ":
        return start
    blank = text.find(" ", start, start + 20)
    return blank + 1 if blank >= 0 else start


def _spans(text: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where words stand in a text, without overlaps; a Latin word matches from its beginning on."""
    folded, places = _folded(text)
    found: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            is_start = IS_HAN.match(word) or at == 0 or not _is_letter(folded[at - 1])
            if is_start:
                found.append((places[at], places[at + len(word) - 1] + 1))
            at = folded.find(word, at + 1)
    spans: list[tuple[int, int]] = []
    for start, stop in sorted(found, key=lambda span: (span[0], -span[1])):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((start, stop))
    return spans


def _is_letter(sign: str) -> bool:
    return sign.isalnum() and not IS_HAN.match(sign)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as search compares it, and for each of its letters the place in the text it comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        plain = sign.lower() if sign.isascii() else unicodedata.normalize("NFD", normalise(sign))
        for letter in plain:
            if unicodedata.category(letter) != "Mn":
                letters.append(letter)
                places.append(place)
    return "".join(letters), places
