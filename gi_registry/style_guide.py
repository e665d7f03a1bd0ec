"""The gallery of components, with invented rows, for people who work on the site; nobody else gets to see it. EDGE."""

import datetime
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.charts import Series, bar_chart, line_chart

ICONS = (
    "search", "menu", "language", "text", "close", "arrow", "external", "print", "download", "feed",
    "label", "leaf", "seal", "document", "map",
)  # fmt: skip
COLOURS = (
    "paper", "sheet", "sunken", "ink", "ink-soft", "line", "line-strong", "seal", "seal-dark", "seal-tint", "link",
    "info-tint", "jade", "jade-tint", "amber", "amber-tint", "slate", "slate-tint",
)  # fmt: skip
# Kinds of goods with a drawing of their own (products.states.Category, which this floor may not import).
KINDS = (
    "tea", "fruit", "vegetables", "grain", "medicinal", "livestock", "aquatic", "alcohol", "condiments", "processed",
    "handicraft", "flowers", "drinks", "water", "tobacco", "other",
)  # fmt: skip
SIZES = ("h1", "h2", "h3", "large", "text", "small")
SPACES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7")


class SampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("All")), ("live", gettext_lazy("in force"))],
        required=False,
    )  # fmt: skip
    as_of = forms.DateField(
        label=gettext_lazy("On the date"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@dataclass(frozen=True)
class Tile:
    """A square of the sample map."""

    label: str
    x: int
    level: int
    url: str = "#map"
    kind: str = "tile"
    y: int = 0
    w: int = 58
    h: int = 46
    text_y: int = 20

    @property
    def css(self) -> str:
        return f"tile level-{self.level}"

    @property
    def text_x(self) -> int:
        return self.x + self.w // 2

    @property
    def on_dark(self) -> bool:
        return self.level > 3

    @property
    def sub_label(self) -> str:
        return str(self.level * 10)

    @property
    def title(self) -> str:
        return f"{self.label}: {self.sub_label}"


@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component in its states, in the language of the page; not found outside of development."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide/index.html", {
        "icons": ICONS, "colours": COLOURS, "sizes": SIZES, "spaces": SPACES, "form": SampleForm(),
        "bad_form": _refused(), "page": Paginator(range(200), 10).page(7), "links": _links(), "facet": _facet(),
        "lines": _lines(), "sources": _sources(), "map": _map(), "trend": _trend(), "bars": _bars(),
        "feed": {"title": _("Style guide"), "atom": "#forms", "rss": "#forms"}, "kinds": KINDS,
        "day": datetime.date(2024, 7, 31),
    })  # fmt: skip


def _refused() -> SampleForm:
    form = SampleForm({"as_of": "31 June", "name": "安化黑茶"})
    form.is_valid()
    return form


def _links() -> list[dict[str, str]]:
    words = (_("The page itself"), "page"), (_("A page beside it"), ""), (_("Another"), "")
    return [{"label": label, "url": "#links", "current": current} for label, current in words]


def _facet() -> list[dict[str, Any]]:
    names = _("Tea"), _("Fruit and nuts"), _("Medicinal plants"), _("Processed food"), _("Wine")
    return [
        {"label": name, "count": 90 - 17 * index, "url": "#facets", "active": index == 1}
        for index, name in enumerate(names)
    ]


def _lines() -> list[dict[str, Any]]:
    first, second, last = (datetime.date(year, 3, 1) for year in (2010, 2018, 2024))
    return [
        {"date": last, "precision": "day", "title": _("stopped"), "kind": "stopped", "text": _("What is over.")},
        {"date": second, "precision": "month", "title": _("Look closer"), "kind": "look"},
        {"date": first, "precision": "year", "title": _("in force"), "kind": "live", "url": "#timeline"},
    ]


def _sources() -> list[SimpleNamespace]:
    return [SimpleNamespace(title=_("Title of a source"), address="#sources", date_text="2024-07-31", note="")]


def _map() -> SimpleNamespace:
    names = _("West"), _("Middle"), _("East"), _("South"), _("North")
    tiles = [Tile(name, 62 * index, index) for index, name in enumerate(names)]
    legend = [SimpleNamespace(css=f"level-{level}", text=str(level * 10)) for level in range(len(names))]
    return SimpleNamespace(
        kind="tiles", width=310, height=48, text_size=13, shapes=tiles, legend=legend,
        description=_("A row of five squares"), note=_("Schematic."),
    )  # fmt: skip


def _trend() -> Any:
    columns = [(year, str(year), str(year)) for year in range(2016, 2025)]
    series = [Series(_("Covered"), "is-covered", [2, 5, 9, 14, 20, 22, 31, 40, 52])]
    return line_chart("trend", _("Over the years"), _("Invented numbers."), _("Year"), columns, series)


def _bars() -> Any:
    series = [Series(_("Abroad"), "bar-solid", [3, 10, 76]), Series(_("In China"), "bar-lined", [4, 10, 95])]
    return bar_chart("bars", _("By year"), _("Invented numbers."), _("Year"), ["2011", "2012", "2021"], series)
