"""The words of a page as they are read."""

import re


def unmarked(html: str) -> str:
    """HTML without the marks of another language within a sentence: they divide no words."""
    return re.sub(r'<span lang="[^"]*">([^<]*)</span>', r"\1", html)
