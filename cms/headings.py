"""LEAF. Headings of a text that editors wrote: places to jump to, and a text that stands within another page."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

HEADING = re.compile(r"<h2(?P<more>[^>]*)>(?P<text>.*?)</h2>", re.DOTALL)
NUMBERED = re.compile(r"<(?P<end>/?)h(?P<level>[2-5])(?=[\s>])")
ID = re.compile(r'\sid="([^"]*)"')
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Heading:
    """A place in a text: `anchor` is the id of the heading."""

    anchor: str
    text: str


def with_anchors(text: str) -> tuple[str, list[Heading]]:
    """The text with an id on each heading of the second level, and these headings as plain words.

    Headings that nobody sees (the class `visually-hidden`) are left out of the list.
    """
    found: list[Heading] = []

    def give_id(match: re.Match[str]) -> str:
        more, inner = match["more"], match["text"]
        if "visually-hidden" in more:
            return match[0]
        known = ID.search(more)
        anchor = known[1] if known else f"part-{len(found) + 1}"
        found.append(Heading(anchor, html.unescape(TAG.sub("", inner)).strip()))
        return match[0] if known else f'<h2 id="{anchor}"{more}>{inner}</h2>'

    return HEADING.sub(give_id, text), found


def demoted(text: str) -> str:
    """The text with every heading one level lower, for a place below a heading of the second level."""
    return NUMBERED.sub(lambda match: f"<{match['end']}h{int(match['level']) + 1}", text)


def first_picture_at_once(text: str) -> str:
    """The text with its first picture loaded without waiting until it comes into view."""
    return text.replace('loading="lazy"', 'loading="eager"', 1)
