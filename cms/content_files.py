"""READER. The pages that ship with the register, as files: one for each page, with its words in both languages.

The path of a file below `cms/content/` is the address of its page. The README there explains the format. A file is
understood as a whole or refused with its name, the key and the reason; `cms/content_pieces.py` does the same for the
pieces of a text.
"""

from __future__ import annotations

import datetime
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wagtail.models import Page

from cms.models import (
    AnnouncementPage,
    ArticlePage,
    ContactPage,
    FaqPage,
    GuidePage,
    NewsPage,
    PolicyPage,
    ProductPage,
    SectionPage,
)

FOLDER = Path(__file__).parent / "content"
LANGUAGES = {"zh": "zh-hans", "en": "en"}
NAMESPACE = uuid.UUID("6f0a1f0e-6d0c-4d53-9c0b-0f8c5a0d7a11")  # of the keys that tie a page to its file


class ContentRefused(Exception):
    """A file that cannot be made a page of; the message names file, key and reason."""


@dataclass(frozen=True)
class Kind:
    """A type of page: its model, the fields that both languages share, and those with words. True: must be there."""

    model: type[Page]
    shared: Mapping[str, bool] = field(default_factory=dict)
    words: Mapping[str, bool] = field(default_factory=dict)


KINDS: dict[str, Kind] = {
    "section": Kind(SectionPage),
    "article": Kind(ArticlePage),
    "guide": Kind(GuidePage, {"checked_on": True}),
    "questions": Kind(FaqPage, words={"questions": True}),
    "contact": Kind(
        ContactPage, words={"office": True, "post": False, "telephone": False, "mail": False, "hours": False}
    ),
    "policy": Kind(
        PolicyPage,
        {"issued_on": False, "in_force_from": False, "ended_on": False, "replaced_by": False, "source": False,
         "verified": True},
        {"number": False, "issuer": True},
    ),
    "story": Kind(ProductPage, {"product": True}),
    "announcement": Kind(AnnouncementPage, {"announcement": True}),
    "news": Kind(
        NewsPage,
        {"date": True, "category": True, "author": False, "products": False, "divisions": False},
    ),
}  # fmt: skip
TYPES: dict[str, type] = {
    "checked_on": datetime.date, "issued_on": datetime.date, "in_force_from": datetime.date,
    "ended_on": datetime.date, "date": datetime.date, "verified": bool, "product": int, "products": list,
    "divisions": list,
}  # fmt: skip


@dataclass(frozen=True)
class ContentFile:
    """One page. `address` begins and ends with a slash; `words` are the values by language and field."""

    name: str
    address: str
    kind: Kind
    order: int
    shared: Mapping[str, Any]
    words: Mapping[str, Mapping[str, Any]]

    @property
    def key(self) -> uuid.UUID:
        """What both languages of the page have in common, wherever an editor moves it."""
        return uuid.uuid5(NAMESPACE, self.address)

    @property
    def parent(self) -> str:
        return self.address.rstrip("/").rpartition("/")[0] + "/"

    @property
    def slug(self) -> str:
        return self.address.rstrip("/").rpartition("/")[2]


def read(folder: Path = FOLDER) -> list[ContentFile]:
    """All files, parents before their children, then by their order. Raises `ContentRefused`."""
    files = [_file(path, folder) for path in sorted(folder.rglob("*.toml"))]
    known = {file.address for file in files} | {"/", "/news/"}
    for file in files:
        if file.parent not in known:
            raise ContentRefused(
                f"{file.name}: there is no file for {file.parent}, under which the page would stand"
            )
    return sorted(files, key=lambda file: (file.address.count("/"), file.order, file.address))


def typed(value: Any, kind: type, where: str) -> Any:
    """The value, if it is of the kind."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ContentRefused(f"{where}: {kind.__name__} expected, {type(value).__name__} found")
    return value


def _file(path: Path, folder: Path) -> ContentFile:
    name = path.relative_to(folder).as_posix()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentRefused(f"{name}: cannot be read: {error}") from error
    kind = KINDS.get(values.pop("type", ""))
    if kind is None:
        raise ContentRefused(f"{name}: “type” is none of {', '.join(KINDS)}")
    words = {language: values.pop(language, None) for language in LANGUAGES}
    order = typed(values.pop("order", 0), int, f"{name}: order")
    _check(values, kind.shared, name)
    for key, value in values.items():
        typed(value, TYPES.get(key, str), f"{name}: {key}")
    for language, found in words.items():
        if not isinstance(found, dict):
            raise ContentRefused(f"{name}: the words in “{language}” are missing")
        _check(found, {"title": True, "intro": False, "body": False, **kind.words}, f"{name}: {language}")
        _check_lengths(kind.model, found, f"{name}: {language}")
    return ContentFile(name, f"/{name.removesuffix('.toml')}/", kind, order, values, words)


def _check(values: Mapping[str, Any], allowed: Mapping[str, bool], where: str) -> None:
    if unknown := sorted(set(values) - set(allowed)):
        raise ContentRefused(f"{where}: nothing is called “{unknown[0]}” here")
    if missing := [key for key, needed in allowed.items() if needed and key not in values]:
        raise ContentRefused(f"{where}: “{missing[0]}” is missing")


def _check_lengths(model: type[Page], words: Mapping[str, Any], where: str) -> None:
    for key, value in words.items():
        kind = list if key in ("body", "questions") else str
        most = getattr(model._meta.get_field(key), "max_length", None)
        if len(typed(value, kind, f"{where}.{key}")) > (most or len(value)):
            raise ContentRefused(f"{where}.{key}: {len(value)} characters, at most {most} are allowed")


def texts(file: ContentFile, language: str) -> Iterator[str]:
    """Every string of a page in one language, marks included."""
    waiting: list[Any] = [file.words[language]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting += list(value.values())
        elif isinstance(value, list):
            waiting += value
