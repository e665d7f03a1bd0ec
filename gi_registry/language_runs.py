"""LEAF. Words of the other language within a text, and where they stand: screen readers change their voice there.

Chinese words are told by their characters. Of Latin letters only three words in a row are taken for English: less is
a name, a code or an abbreviation, which Chinese readers say as they are used to.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_CHARACTERS = "\u3400-\u9fff\U00020000-\U0003ffff"
_SIGNS = "\u3000-\u303f\uff00-\uffef"  # Chinese punctuation and full-width letters
# From the first character to the last, with the numbers and quotation marks between them ("10+10"). Signs are looked at
# from the first of a row on: from each of them anew, a long row would take time by the square of its length.
_CHINESE = re.compile(
    rf"(?<![{_SIGNS}])[{_SIGNS}]*[{_CHARACTERS}](?:[{_SIGNS}{_CHARACTERS}0-9+%.“”‘’·—…〇-]*[{_SIGNS}{_CHARACTERS}])?"
)
_BETWEEN = re.compile(rf"[^{_SIGNS}{_CHARACTERS}]+")
_LETTERS = "A-Za-zÀ-ɏ"
_THREE_WORDS = re.compile(rf"\b[{_LETTERS}]{{2,}}(?:[ ,'’-]+[{_LETTERS}]{{2,}}){{2,}}")
_ENGLISH_ENDS = re.compile(rf"[{_LETTERS}0-9](?:.*[{_LETTERS}0-9.!?)])?", re.DOTALL)

# In these a span is not allowed, or nothing is read aloud.
_LEFT_ALONE = {"script", "style", "svg", "textarea", "title", "code", "pre"}
_WITHOUT_END = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}  # fmt: skip


def runs(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The pieces of a text in order: (words, "" or the language they are in where it is not `language`)."""
    find, other = (_english, "en") if language.lower() in ("zh", "zh-hans") else (_chinese, "zh-Hans")
    end = 0
    for start, stop in find(text):
        if start > end:
            yield text[end:start], ""
        yield text[start:stop], other
        end = stop
    if end < len(text):
        yield text[end:], ""


def _chinese(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _CHINESE.finditer(text))


def _english(text: str) -> Iterator[tuple[int, int]]:
    for between in _BETWEEN.finditer(text):
        words = _THREE_WORDS.search(between[0])
        # A code such as CN-EU-PILOT is no sentence, and an address is not read as words.
        if words and not words[0].isupper() and "://" not in between[0]:
            ends = _ENGLISH_ENDS.search(between[0])
            if ends:
                yield between.start() + ends.start(), between.start() + ends.end()


def marked(text: object, language: str) -> SafeString:
    """A text or HTML that is known to be safe, with the words of the other language than `language` marked."""
    said = "" if text is None else str(text)
    return marked_html(said, language) if isinstance(said, SafeString) else marked_text(said, language)


def marked_text(text: str, language: str) -> SafeString:
    """A plain text, escaped, with the words of the other language in spans that state it."""
    return format_html_join(
        "", "{}", ((format_html('<span lang="{}">{}</span>', lang, words) if lang else words,)
                   for words, lang in runs(text, language)),
    )  # fmt: skip


def marked_html(html: str, language: str) -> SafeString:
    """The same for HTML whose language is `language`, as far as its elements do not state another one."""
    reader = _Marker(language)
    reader.feed(html)
    reader.close()
    return mark_safe("".join(reader.pieces))


class _Marker(HTMLParser):
    """Copies HTML as it is, but for its texts."""

    def __init__(self, language: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self._text: list[str] = []
        # Open elements with the language of their text; None where it is left alone.
        self._open: list[tuple[str, str | None]] = [("", language)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._write_text()
        self.pieces.append(self.get_starttag_text() or "")
        if tag not in _WITHOUT_END:
            inherited = self._open[-1][1]
            alone = tag in _LEFT_ALONE or inherited is None
            self._open.append((tag, None if alone else dict(attrs).get("lang") or inherited))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._write_text()
        self.pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._write_text()
        self.pieces.append(f"</{tag}>")
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth][0] == tag:
                del self._open[depth:]
                break

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_entityref(self, name: str) -> None:
        self._text.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._write_text()
        self.pieces.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._write_text()
        self.pieces.append(f"<!{decl}>")

    def close(self) -> None:
        super().close()
        self._write_text()

    def _write_text(self) -> None:
        text, language = "".join(self._text), self._open[-1][1]
        self._text.clear()
        if language is None or not text.strip():
            self.pieces.append(text)
        elif self._open[-1][0] == "option":
            self._mark_option(text, language)
        else:
            shown = marked_text(unescape(text), language)
            # The words of a choice stand in one row with its box: in pieces they would drift apart.
            apart = self._open[-1][0] == "label" and "<span" in shown
            self.pieces.append(format_html("<span>{}</span>", shown) if apart else shown)

    def _mark_option(self, text: str, language: str) -> None:
        """An option holds text only: the whole of it states the language of the words that differ."""
        found = [lang for _, lang in runs(unescape(text), language) if lang]
        if found and self.pieces[-1].startswith("<option"):
            self.pieces[-1] = f'<option lang="{found[0]}"{self.pieces[-1][len("<option") :]}'
        self.pieces.append(text)
