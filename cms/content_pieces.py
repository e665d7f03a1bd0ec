"""READER. The pieces of a text in a content file, in the form in which a page stores them.

They use the names of `cms/blocks.py` and are held to what a block there allows, so that a page made of a file could
have been made by an editor.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

from cms.content_files import ContentFile, ContentRefused, typed
from cms.content_marks import Linker, MarksRefused, html
from cms.record_choices import RecordBlock


class NotLoaded(Exception):
    """A record that a text names and this register does not hold. `record` says which."""

    def __init__(self, record: str) -> None:
        super().__init__(record)
        self.record = record


@dataclass(frozen=True)
class Lookups:
    """How the maker of pages answers what a text refers to. `record` raises `NotLoaded` for what is not there."""

    link: Linker
    record: Callable[[type, Any], int]
    left_out: Callable[[str], None] = lambda record: None


def pieces(file: ContentFile, language: str, name: str, lookups: Lookups) -> list[dict[str, Any]]:
    """The text of a page in the raw form of a StreamField. A piece about a record that is not loaded is left out."""
    found: list[dict[str, Any]] = []
    for number, piece in enumerate(file.words[language].get(name, []), 1):
        where = f"{file.name}: {language}.{name} {number}"
        if not isinstance(piece, dict):
            raise ContentRefused(f"{where}: a piece is a table")
        if name == "questions":
            piece = {"question": piece}
        if len(piece) != 1:
            raise ContentRefused(f"{where}: a piece has one kind, not {', '.join(piece) or 'none'}")
        ((kind, value),) = piece.items()
        stream = file.kind.model._meta.get_field(name).stream_block
        if kind not in stream.child_blocks:
            raise ContentRefused(f"{where}: there is no piece “{kind}”")
        try:
            found.append(
                {"type": kind, "value": raw(stream.child_blocks[kind], value, f"{where}.{kind}", lookups)}
            )
        except NotLoaded as missing:
            lookups.left_out(missing.record)
    return found


def raw(block: Any, value: Any, where: str, lookups: Lookups) -> Any:
    """A value as a block stores it, held to what the block allows."""
    for kind, convert in CONVERTERS:
        if isinstance(block, kind):
            return convert(block, value, where, lookups)
    raise ContentRefused(f"{where}: content files cannot hold this kind of piece")


def _struct(block: Any, value: Any, where: str, lookups: Lookups) -> dict[str, Any]:
    typed(value, dict, where)
    if unknown := set(value) - set(block.child_blocks):
        raise ContentRefused(f"{where}: nothing is called “{min(unknown)}” here")
    found: dict[str, Any] = {}
    for name, child in block.child_blocks.items():
        if name in value:
            found[name] = raw(child, value[name], f"{where}.{name}", lookups)
        elif _is_needed(child):
            raise ContentRefused(f"{where}: “{name}” is missing")
        else:
            found[name] = child.get_prep_value(child.get_default())
    return found


def _is_needed(block: Any) -> bool:
    return (
        bool(block.required)
        and block.meta.default in (None, "")
        and not isinstance(block, blocks.BooleanBlock)
    )


def _list(block: Any, value: Any, where: str, lookups: Lookups) -> list[dict[str, Any]]:
    typed(value, list, where)
    if block.meta.min_num and len(value) < block.meta.min_num:
        raise ContentRefused(f"{where}: at least {block.meta.min_num} are needed")
    found: list[dict[str, Any]] = []
    for number, one in enumerate(value, 1):
        try:
            item = raw(block.child_block, one, f"{where} {number}", lookups)
            found.append({"type": "item", "value": item, "id": str(uuid.uuid4())})
        except NotLoaded as missing:
            lookups.left_out(missing.record)
    if value and not found:
        raise NotLoaded(f"nothing of {where}")
    return found


def _rich(_block: Any, value: Any, where: str, lookups: Lookups) -> str:
    try:
        return html(typed(value, str, where), lookups.link)
    except MarksRefused as refused:
        raise ContentRefused(f"{where}: {refused}") from refused


def _words(block: Any, value: Any, where: str, _lookups: Lookups) -> str:
    most = getattr(block.field, "max_length", None)
    if most and len(typed(value, str, where)) > most:
        raise ContentRefused(f"{where}: {len(value)} characters, at most {most} are allowed")
    return str(typed(value, str, where)).strip()


def _choice(block: Any, value: Any, where: str, _lookups: Lookups) -> str:
    allowed = [key for key, _word in block.field.choices if key]
    if value not in allowed:
        raise ContentRefused(f"{where}: “{value}” is none of {', '.join(allowed)}")
    return str(value)


def _table(_block: Any, value: Any, where: str, _lookups: Lookups) -> dict[str, Any]:
    """A table of words: {caption, head = […], rows = [[…], …]}."""
    typed(value, dict, where)
    if set(value) != {"caption", "head", "rows"}:
        raise ContentRefused(f"{where}: a table has caption, head and rows")
    if any(len(row) != len(value["head"]) for row in value["rows"]):
        raise ContentRefused(f"{where}: every row needs {len(value['head'])} cells, as many as the head")
    return {
        "columns": [{"type": "text", "heading": heading} for heading in value["head"]],
        "rows": [{"values": list(row)} for row in value["rows"]],
        "caption": value["caption"],
    }


def _record(block: Any, value: Any, _where: str, lookups: Lookups) -> int:
    return lookups.record(block.chooser.model, value)


CONVERTERS: list[tuple[type | tuple[type, ...], Callable[[Any, Any, str, Lookups], Any]]] = [
    (RecordBlock, _record),
    (TypedTableBlock, _table),
    (blocks.StructBlock, _struct),
    (blocks.ListBlock, _list),
    (blocks.RichTextBlock, _rich),
    (blocks.ChoiceBlock, _choice),
    (blocks.BooleanBlock, lambda _block, value, where, _lookups: typed(value, bool, where)),
    (blocks.IntegerBlock, lambda _block, value, where, _lookups: typed(value, int, where)),
    ((blocks.CharBlock, blocks.TextBlock), _words),
]
