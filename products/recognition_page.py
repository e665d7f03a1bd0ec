"""EDGE. The page of one agreement: its two lists side by side, narrowed to what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, zip_longest
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from gi_registry.charts import Chart
from gi_registry.exports import Table
from gi_registry.query_values import read
from products import agreements, recognition_names, recognition_rows, recognition_tables
from products.agreements import Line, SideCount
from products.models import Agreement
from products.recognition_forms import ListForm
from products.recognition_kinds import GoodsKind
from products.recognition_names import ListedName
from products.states import Side

FILTERS = ("q", "side", "country", "category", "status", "batch")


@dataclass(frozen=True)
class Pair:
    """A row of the comparison: a Chinese and a foreign name of the same kind of goods; either may be missing."""

    kind: GoodsKind
    outbound: Line | None
    inbound: Line | None


@dataclass(frozen=True)
class Group:
    """One kind of goods on a page, with its names left and right."""

    kind: GoodsKind
    outbound: Sequence[Line]
    inbound: Sequence[Line]


def pairs(lines: Sequence[Line]) -> list[Pair]:
    """The names side by side, kind by kind, in the order of the lists; kinds that both sides have stand first."""
    both_sides, one_side = [], []
    for kind in GoodsKind:
        here = [line for line in lines if line.kind == kind]
        left = [line for line in here if line.is_outbound]
        right = [line for line in here if not line.is_outbound]
        rows = both_sides if left and right else one_side
        rows += [Pair(kind, *pair) for pair in zip_longest(left, right)]
    return both_sides + one_side


def groups(rows: Sequence[Pair]) -> list[Group]:
    """The rows of one page by kind of goods."""
    made = []
    for kind, some in groupby(rows, key=lambda row: row.kind):
        here = list(some)
        left = [row.outbound for row in here if row.outbound]
        made.append(Group(kind, left, [row.inbound for row in here if row.inbound]))
    return made


class AgreementPage:
    """What the page of an agreement shows, read from the query string."""

    def __init__(self, record: Agreement, query: QueryDict) -> None:
        self.record = record
        self.batches = list((record.parent or record).batches.all())
        everything = agreements.every_line()
        self.form = self._form(query, self._own(everything))
        self.values, self.notices = read(self.form)
        self.on = self.values["as_of"]
        self.every = agreements.every_line(self.on) if self.on else everything
        self.lines = self._own(self.every)
        self.shown = agreements.matching(self.lines, **{name: self.values[name] or "" for name in FILTERS})

    def _own(self, lines: Sequence[Line]) -> list[Line]:
        """The names of the agreement and of its batches."""
        keys = {one.pk for one in self.lists}
        return [line for line in lines if line.entry.agreement_id in keys]

    def _form(self, data: QueryDict | None, lines: Sequence[Line], **kwargs: Any) -> ListForm:
        countries = sorted({code for line in lines for code in line.countries})
        named = {line.entry.agreement_id for line in lines}
        batches = [one for one in self.lists if one.pk in named]
        return ListForm(data, batches, countries=countries, kinds={line.kind for line in lines}, **kwargs)

    @property
    def lists(self) -> list[Agreement]:
        """The agreement itself and, if it is no batch, its batches."""
        return [self.record, *(self.batches if not self.record.parent else ())]

    @property
    def shown_form(self) -> ListForm:
        """The form with the values in use."""
        return self._form(None, self.lines, initial=self.values)

    @property
    def sides(self) -> list[SideCount]:
        """Counts of both sides over the names of the agreement and of its batches."""
        sizes = {Side.OUTBOUND: self.record.outbound_size, Side.INBOUND: self.record.inbound_size}
        return [agreements.counts(self.lines, side, sizes[side]) for side in Side]

    @cached_property
    def overlaps(self) -> list[tuple[ListedName, str]]:
        """Names that stand here and on other lists too, each with what that means."""
        found = recognition_names.overlaps(self.every, self.lists)
        return [(name, recognition_names.explained(name)) for name in found]

    @property
    def chart(self) -> Chart | None:
        """The years in which protection began."""
        return recognition_tables.years_chart(self.lines)

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The way from all agreements down to this one."""
        parent = self.record.parent
        above = [(parent.code, parent.get_absolute_url())] if parent else []
        return [(_("Recognition"), reverse("products:recognition")), *above, (self.record.code, "")]


def table(page: AgreementPage) -> Table:
    """The names shown, as a file."""
    rows = (recognition_rows.row(line) for line in page.shown)
    asked = {name: str(value) for name, value in page.values.items() if value and name != "format"}
    code = page.record.code
    about = {"agreement": code, **asked}
    return Table(f"agreement-{code.lower()}", recognition_rows.COLUMNS, rows, about, len(page.shown))
