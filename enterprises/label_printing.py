"""READER. What a file of printed labels is made from: which labels of a batch, their codes, the words beside them.

Labels that are void or returned are left out: they must not be printed again. The same batch in the same state gives
the same bytes, so that a broken download goes on where it stopped; `LabelFile.tag` changes with everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation

from enterprises import label_codes, label_keys
from enterprises.label_facts import BatchBalance, pages_of, quantity_text
from enterprises.label_models import LabelBatch
from enterprises.label_states import BatchState, Fate
from gi_registry import byte_ranges, label_archives, label_pdf
from gi_registry.label_pdf import LAYOUTS, Layout, PrintFacts
from gi_registry.label_symbols import Symbols, symbols_of

# By kind: what comes after the dot, its media type, and the most labels that one file may span. A file of pictures or
# sheets is small enough to be fetched again on a phone; CSV goes to label printers and is cheap to make.
KINDS = {
    "csv": ("csv", "text/csv; charset=utf-8", 1_000_000),
    "svg": ("svg.zip", "application/zip", 10_000),
    "png": ("png.zip", "application/zip", 10_000),
    "pdf": ("pdf", "application/pdf", 10_000),
}
BY_ENDING = {ending: kind for kind, (ending, _type, _most) in KINDS.items()}
# Bytes of one label in a file, and of what comes once: measured with symbols of version 4.
ABOUT = {"svg": (860, 0), "png": (815, 0), "pdf": (1090, 15_000)}
PRINTABLE = frozenset({Fate.WAITING, Fate.ACTIVE})
LENGTH_KEPT = 24 * 3600  # seconds


def printable(balance: BatchBalance, *, usable: bool) -> bool:
    """Whether labels of a batch can be printed now; `usable`: whether the mark may be used."""
    return usable and balance.batch.state == BatchState.ISSUED and bool(ranges_in(balance, 1, balance.batch.count))


def ranges_in(balance: BatchBalance, first: int, last: int) -> list[tuple[int, int]]:
    """The labels from `first` to `last` that are neither void nor returned."""
    parts = (part for part in balance.stretches if part.fate in PRINTABLE)
    found = ((max(part.first, first), min(part.last, last)) for part in parts)
    return [(start, end) for start, end in found if start <= end]


def prefix() -> str:
    """What stands before the code in the printed symbol."""
    return label_codes.address(settings.SITE_URL, "")


def layouts() -> dict[str, Layout]:
    """The sheets on which symbols of this register's address are large enough to be read."""
    size, found = symbols_of(prefix()).size, {}
    for name, layout in LAYOUTS.items():
        try:
            label_pdf.symbol_side(layout, size)
        except ValueError:
            continue
        found[name] = layout
    return found


def code_of(batch: LabelBatch, index: int) -> str:
    """The code of one label of an issued batch."""
    return label_codes.make(batch.pk, index, secret=_secret(batch), order_key=label_keys.order_key())


def _secret(batch: LabelBatch) -> bytes:
    return label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{batch.pk}")


def print_facts(batch: LabelBatch) -> PrintFacts:
    """The words on every label of a batch. They are Chinese, whoever downloads them."""
    row = batch.season.authorisation
    with translation.override("zh-hans"):
        pack = batch.pack_text or quantity_text(batch.pack, batch.season.unit)
    return PrintFacts(
        batch=batch.reference, product=row.product.name_zh if row.product else row.product_text,
        enterprise=row.enterprise.name_zh, uscc=row.enterprise.uscc or "", mark_text=batch.mark_text,
        variety=batch.variety, pack=pack, host=urlsplit(settings.SITE_URL).netloc,
        demonstration=row.enterprise.is_demo, site=settings.WAGTAIL_SITE_NAME,
    )  # fmt: skip


@dataclass(frozen=True)
class LabelFile:
    """One file: `kind` of KINDS, the labels from `first` to `last`, for PDF on sheets of a layout."""

    balance: BatchBalance
    kind: str
    first: int
    last: int
    layout: Layout

    @property
    def batch(self) -> LabelBatch:
        return self.balance.batch

    @property
    def ranges(self) -> list[tuple[int, int]]:
        return ranges_in(self.balance, self.first, self.last)

    @property
    def count(self) -> int:
        """How many labels are in the file."""
        return sum(last - first + 1 for first, last in self.ranges)

    @property
    def pages(self) -> int:
        return pages_of(self.count, self.layout.per_page)

    @property
    def bytes_about(self) -> int:
        """The length of the file, exactly for CSV and nearly for the others."""
        if self.kind == "csv":
            return label_archives.csv_length(self.count, prefix())
        each, once = ABOUT[self.kind]
        return each * self.count + once

    @property
    def address(self) -> str:
        """Where the file is fetched."""
        path = reverse("enterprises:portal_batch_file", args=[self.batch.reference, KINDS[self.kind][0]])
        return f"{path}?layout={self.layout.name}&first={self.first}&last={self.last}"

    @property
    def name(self) -> str:
        layout = f"-{self.layout.name}" if self.kind == "pdf" else ""
        return f"{self.batch.reference}-{self.first}-{self.last}{layout}.{KINDS[self.kind][0]}"

    @property
    def tag(self) -> str:
        """Changes with everything that the bytes depend on."""
        return byte_ranges.entity_tag(
            self.batch.pk, self.kind, self.ranges, self.layout, print_facts(self.batch), prefix()
        )

    def labels(self, skipped: int = 0) -> Iterator[tuple[int, str]]:
        """Index and code of each label, but for so many at the beginning."""
        secret, order_key = _secret(self.batch), label_keys.order_key()
        for first, last in self.ranges:
            size = last - first + 1
            if skipped < size:
                yield from label_codes.make_many(
                    self.batch.pk, first + skipped, last, secret=secret, order_key=order_key
                )
            skipped = max(skipped - size, 0)

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `stop`, a piece at a time."""
        if self.kind == "csv":
            known = prefix()
            skipped, begin = label_archives.csv_place(start, known)
            end = None if stop is None else stop - start + begin
            return byte_ranges.skip(label_archives.csv_lines(self.labels(skipped), known), begin, end)
        return byte_ranges.skip(self._made(symbols_of(prefix())), start, stop)

    def _made(self, symbols: Symbols) -> Iterator[bytes]:
        if self.kind == "pdf":
            return label_pdf.sheets(self.labels(), print_facts(self.batch), self.layout, symbols)
        return label_archives.pictures(self.labels(), self.kind, symbols)

    def length(self) -> int:
        """The exact number of bytes. For all but CSV the file is made once for it, a second or so."""
        if self.kind == "csv":
            return self.bytes_about
        key = f"label-file:{self.tag[1:-1]}"
        length: int | None = cache.get(key)
        if length is None:
            length = sum(map(len, self.pieces()))
            cache.set(key, length, LENGTH_KEPT)
        return length


def parts(balance: BatchBalance, kind: str, layout: Layout) -> list[LabelFile]:
    """A batch in files of a size that can be fetched again; parts in which no label is left are not among them."""
    step, count = KINDS[kind][2], balance.batch.count
    files = (
        LabelFile(balance, kind, first, min(first + step - 1, count), layout) for first in range(1, count + 1, step)
    )
    return [file for file in files if file.ranges]


def same_part(part: LabelFile) -> dict[str, LabelFile]:
    """The same labels as sheets and as pictures."""
    return {kind: replace(part, kind=kind) for kind in ("pdf", "svg", "png")}
