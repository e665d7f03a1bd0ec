"""LEAF. The few marks that texts of content files may use, and the HTML they become.

    ## heading, ### smaller heading          - point of a list, 1. point of a numbered list
    **strong**                               [words](/address/) or [words](https://…)
    {安化黑茶}                                a Chinese name within English words, so that it is read aloud as Chinese

A blank line ends a paragraph. Lines within one may break anywhere: between Chinese characters no blank is added.
Everything else stands as it is typed, HTML too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

CHINESE = r"\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’…—"
LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
NAME = re.compile(r"\{([^{}]+)\}")
STRONG = re.compile(r"\*\*(.+?)\*\*")
LEFT_OVER = re.compile(r"\*\*|\]\(|[{}]")

# From an address to what stands in front of the words and behind them; both empty where nothing can be linked to.
Linker = Callable[[str], tuple[str, str]]


class MarksRefused(Exception):
    """A text whose marks cannot be understood; the message is the reason."""


def html(text: str, link: Linker) -> str:
    """The HTML of a text."""
    return "".join(_part(part, link) for part in re.split(r"\n\s*\n", text.strip()) if part.strip())


def addresses(text: str) -> list[str]:
    """Where a text leads to."""
    return [found[1] for found in LINK.findall(text)]


def _part(part: str, link: Linker) -> str:
    lines = [line.strip() for line in part.strip().splitlines()]
    for mark, tag in (("### ", "h3"), ("## ", "h2")):
        if lines[0].startswith(mark):
            if len(lines) > 1:
                raise MarksRefused(f"a blank line is missing after the heading “{lines[0]}”")
            return f"<{tag}>{_line(lines[0][len(mark) :], link)}</{tag}>"
    for mark, tag in ((r"- +", "ul"), (r"\d+\. +", "ol")):
        if re.match(mark, lines[0]):
            points = _points(lines, mark)
            return f"<{tag}>{''.join(f'<li>{_line(point, link)}</li>' for point in points)}</{tag}>"
    return f"<p>{_line(_joined(lines), link)}</p>"


def _points(lines: list[str], mark: str) -> list[str]:
    points: list[list[str]] = []
    for line in lines:
        if re.match(mark, line):
            points.append([re.sub(f"^{mark}", "", line)])
        else:
            points[-1].append(line)
    return [_joined(point) for point in points]


def _joined(lines: list[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        between_chinese = re.search(f"[{CHINESE}]$", text) or re.match(f"[{CHINESE}]", line)
        text += line if between_chinese else f" {line}"
    return text


def _line(text: str, link: Linker) -> str:
    parts: list[str] = []
    end = 0
    for found in LINK.finditer(text):
        before, after = link(found[2])
        parts += [_words(text[end : found.start()]), before, _words(found[1]), after]
        end = found.end()
    return "".join([*parts, _words(text[end:])])


def _words(text: str) -> str:
    """Words without links: names and strong ones are marked."""
    found = STRONG.sub(r"<b>\1</b>", NAME.sub(r'<span lang="zh-Hans">\1</span>', escape(text, quote=False)))
    if left := LEFT_OVER.search(found):
        raise MarksRefused(f"“{left[0]}” stands alone in “{text.strip()[:60]}”")
    return found
