"""EDGE. What the search page offers around its results: facets, chips of the filters in use, links.

Every offer is a plain link: the parameters of this page with one value more or less.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gi_registry.exports import FORMATS
from gi_registry.models import Division
from products.facets import ANY, Counts
from products.filters import ORDER_LABELS, PROTECTED, ProductFilter
from products.maps import name_of
from products.models import Agreement, PovertyList, Product
from products.states import CONFIRMED, Category, ProductStatus, Track

VIEWS = {"cards": gettext_lazy("List"), "table": gettext_lazy("Table")}
# A credit code of an enterprise (18) or a label code (24): letters and digits, perhaps in groups.
CODE = re.compile(r"(?=.*[0-9])[0-9A-Z]{18}|(?=.*[0-9])[0-9A-Z]{24}", re.IGNORECASE | re.ASCII)
Links = list[dict[str, Any]]


class SearchPage:
    """Everything beside the list itself; `lists` are all poverty lists, `counts` those of the facets."""

    def __init__(
        self, path: str, chosen: ProductFilter, counts: Counts, lists: Iterable[PovertyList], view: str
    ) -> None:
        self.path, self.chosen, self.counts, self.lists, self.view = path, chosen, counts, list(lists), view
        self.divisions = Division.objects.in_bulk(counts.province)

    # --- links

    @property
    def query(self) -> QueryDict:
        """The parameters that this page answers, without what was ignored."""
        query: QueryDict = self.chosen.parameters.copy()
        if self.view != "cards":
            query["view"] = self.view
        return query

    def url(self, changes: Mapping[str, list[str]], **more: str) -> str:
        """The address of this list with some parameters replaced; an empty list drops one."""
        query = self.query
        for name, values in changes.items():
            query.setlist(name, values)
            if not values:
                del query[name]
        for name, value in more.items():
            query[name] = value
        return f"{self.path}?{query.urlencode()}" if query else self.path

    def toggled(self, name: str, value: str) -> str:
        """With this value if it is not chosen, without it if it is."""
        values = self.chosen.parameters.getlist(name)
        return self.url({name: [v for v in values if v != value] if value in values else [*values, value]})

    @property
    def reset_url(self) -> str:
        kept = QueryDict(mutable=True)
        if self.chosen.values.get("q"):
            kept["q"] = self.chosen.values["q"]
        return f"{self.path}?{kept.urlencode()}" if kept else self.path

    @property
    def sorts(self) -> Links:
        return [
            {"value": name, "label": label, "active": name == self.chosen.order}
            for name, label in ORDER_LABELS.items()
        ]

    @property
    def views(self) -> Links:
        return [
            {
                "label": label,
                "url": self.url({"view": [] if name == "cards" else [name]}),
                "active": name == self.view,
            }
            for name, label in VIEWS.items()
        ]

    @property
    def exports(self) -> Links:
        return [{"label": kind.upper(), "url": self.url({"view": []}, format=kind)} for kind in FORMATS]

    # --- facets

    def facet(
        self, title: str, name: str, offers: Iterable[tuple[str, Any, int]], shown: int = 8
    ) -> dict[str, Any]:
        """One facet of (value, label, count); values without products are offered only while chosen."""
        chosen = self.chosen.parameters.getlist(name)
        items = [
            {
                "label": capfirst(str(label)),
                "count": count,
                "url": self.toggled(name, value),
                "active": value in chosen,
            }
            for value, label, count in offers
            if count or value in chosen
        ]
        return {
            "title": title,
            "items": items,
            "shown": shown,
            "clear_url": self.url({name: []}) if chosen else "",
        }

    @property
    def facets(self) -> list[dict[str, Any]]:
        counts = self.counts
        confirmed = sum(counts.status[status] for status in CONFIRMED)
        found = [
            self.facet(
                _("Category"),
                "category",
                [(c, Category(c).label, n) for c, n in self._with_chosen(counts.category, "category")],
            ),
            self.facet(
                _("Province"),
                "province",
                [
                    (self.divisions[key].code, name_of(self.divisions[key]), n)
                    for key, n in counts.province.most_common()
                    if key in self.divisions
                ],
            ),
            self.facet(
                _("Status"),
                "status",
                [(PROTECTED, _("protected, all together"), confirmed)]
                + [(s.value, s.label, counts.status[s]) for s in ProductStatus],
            ),
            self.facet(_("Legal track"), "track", [(t.value, t.label, counts.track[t]) for t in Track]),
            self.facet(
                _("Poverty counties"),
                "list",
                [(row.slug, name_of(row), counts.lists[row.slug]) for row in self.lists],
            ),
            self.facet(_("Recognition"), "agreement", [(ANY, _("name protected abroad"), counts.once["abroad"])]),
            self.facet(
                _("Enterprises"),
                "enterprises",
                [("1", _("has authorised enterprises"), counts.once["enterprises"])],
            ),
            self.facet(
                _("Year of first approval"),
                "year",
                [(str(y), str(y), n) for y, n in sorted(counts.year.items(), reverse=True)],
                shown=5,
            ),
        ]
        return [facet for facet in found if facet["items"]]

    def _with_chosen(self, counts: Mapping[str, int], name: str) -> list[tuple[str, int]]:
        """Most frequent first, chosen ones without products last."""
        missing = [(value, 0) for value in self.chosen.parameters.getlist(name) if value not in counts]
        return sorted(counts.items(), key=lambda item: -item[1]) + missing

    @property
    def chips(self) -> Links:
        """The filters in use, each with the address of the list without it."""
        values, parameters = self.chosen.values, self.chosen.parameters
        texts = zip(parameters.getlist("province"), values.get("province", []), strict=True)
        chips = [("province", code, name_of(division)) for code, division in texts]
        words: dict[str, Any] = {
            "category": Category,
            "track": Track,
            "status": lambda value: ProductStatus(value) if value != PROTECTED else None,
        }
        for name, word in words.items():
            for value in values.get(name, []):
                chips.append((name, value, getattr(word(value), "label", _("protected"))))
        chips += [("year", str(year), str(year)) for year in values.get("year", [])]
        titles = {row.slug: name_of(row) for row in self.lists}
        chips += [("list", slug, titles[slug]) for slug in values.get("list", [])]
        chips += self._agreement_chips(values.get("agreement", []))
        if values.get("enterprises"):
            chips.append(("enterprises", "1", _("has authorised enterprises")))
        if values.get("as_of"):
            text = parameters["as_of"]
            chips.append(("as_of", text, _("in force on %(date)s") % {"date": text}))
        return [
            {"label": capfirst(str(label)), "url": self.toggled(name, value)} for name, value, label in chips
        ]

    @staticmethod
    def _agreement_chips(codes: list[str]) -> list[tuple[str, str, Any]]:
        named = [code for code in codes if code != ANY]
        titles = {row.code: name_of(row) for row in Agreement.objects.filter(code__in=named)} if named else {}
        titles[ANY] = _("name protected abroad")
        return [("agreement", code, titles[code]) for code in codes]


def looks_like_code(text: str) -> bool:
    """Whether a text is rather a credit code or a label code than a product."""
    return CODE.fullmatch(re.sub(r"[\s-]", "", text)) is not None


def track_words(product: Product) -> list[str]:
    """Legal tracks of a product in words; a track that is less certain than the product's status says so."""
    words: dict[str, None] = {}
    for right in product.rights.all():
        word = str(right.get_track_display())
        if product.is_confirmed and not right.is_confirmed:
            word = f"{word} ({str(right.get_status_display()).split(':')[0]})"
        words[word] = None
    return list(words)
