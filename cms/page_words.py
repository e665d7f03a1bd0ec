"""READER. The plain words of a page or file: what a search reads, and what an excerpt is cut from.

A text of pieces is read from what is stored, piece by piece, without loading the pictures and records that it
names: the words of a record belong to its own page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.rich_text import get_text_for_indexing

# Fields of pages whose words are shown to everybody, in the order in which they are read.
FIELDS = ("intro", "headline", "lede", "number", "issuer", "place", "office", "post", "hours")


def words_of(page: Page) -> list[str]:
    """The texts of a specific page, its title apart: fields first, then piece by piece. No query."""
    found = [str(getattr(page, name, "") or "") for name in FIELDS]
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            value = getattr(page, field.name)
            found += _words(value.stream_block, list(value.raw_data))
    return [text for text in (" ".join(one.split()) for one in found) if text]


def _words(block: blocks.Block, raw: Any) -> Iterator[str]:
    """The words of one stored piece; what a piece only points to, and addresses, are no words."""
    if not raw:
        return
    if isinstance(block, blocks.BaseStreamBlock):
        for item in raw:
            if child := block.child_blocks.get(item["type"]):
                yield from _words(child, item["value"])
    elif isinstance(block, blocks.BaseStructBlock):
        for name, child in block.child_blocks.items():
            yield from _words(child, raw.get(name))
    elif isinstance(block, blocks.ListBlock):
        for item in raw:  # an older form of storage has the values alone
            is_wrapped = isinstance(item, dict) and item.get("type") == "item" and {"id", "value"} <= item.keys()
            yield from _words(block.child_block, item["value"] if is_wrapped else item)
    elif isinstance(block, TypedTableBlock):
        yield str(raw.get("caption") or "")
        yield from (str(column.get("heading") or "") for column in raw.get("columns", ()))
        yield from (str(cell) for row in raw.get("rows", ()) for cell in row["values"] if cell is not None)
    elif isinstance(block, blocks.RichTextBlock):
        yield get_text_for_indexing(raw)
    elif isinstance(block, blocks.CharBlock | blocks.TextBlock):
        yield str(raw)
