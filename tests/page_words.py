"""The words of a page as they are read."""

import html
import re


def unmarked(page: str) -> str:
    """HTML without the marks of another language within a sentence: they divide no words."""
    return re.sub(r'<span lang="[^"]*">([^<]*)</span>', r"\1", page)


def words(response) -> str:
    """The text of a page without its markup; blanks of any kind and width are one blank."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", unmarked(response.content.decode())))
    return re.sub(r"\s+", " ", text)
