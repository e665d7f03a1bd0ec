"""EDGE. The windows in which editors look for records of the register. They show and find; nothing is changed there.

Each window searches with the register's own questions and lists only what the public may see: no demonstration data, no
enterprise that merely applied.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.db.models import ForeignKey, Q, QuerySet
from django.http import Http404
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser as generic
from wagtail.admin.viewsets.chooser import ChooserViewSet

from cms import record_choices
from cms.record_choices import CHOOSERS, RecordChooser, chosen_title
from enterprises import directory
from enterprises.models import Enterprise
from gi_registry.models import Division
from gi_registry.search_text import normalise
from products import lookup
from products.models import Agreement, Announcement, PovertyList, Product

LONGEST_KEY = 18  # digits of a key; a longer number fits no database


class Window(ABC):
    """What one window lists, finds and shows. Subclasses say it for one kind of record."""

    chooser: type[RecordChooser]
    columns: tuple[Column, ...] = ()

    @abstractmethod
    def records(self) -> QuerySet[Any]:
        """All that may be chosen, in the order of the list."""

    @abstractmethod
    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Those that answer a text, best first."""


class Products(Window):
    """Products by name, reading, number of the register, announcement or registration."""

    chooser = record_choices.ProductChooser
    columns = (
        Column("number", label=pgettext_lazy("column", "number")),
        Column("province", label=pgettext_lazy("column", "province"), accessor="province.name_zh"),
        Column("status", label=pgettext_lazy("column", "status"), accessor="get_status_display"),
    )

    def records(self) -> QuerySet[Any]:
        return Product.objects.select_related("province").order_by("number")

    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        if text.isdecimal() and (one := records.filter(number=int(text[:9]))):
            return one
        return lookup.search(records, text).products


class Enterprises(Window):
    """Enterprises that use the mark or did, by name, credit code or product."""

    chooser = record_choices.EnterpriseChooser
    columns = (
        Column("code", label=pgettext_lazy("column", "credit code"), accessor=lambda one: one.uscc or one.reference),
        Column("province", label=pgettext_lazy("column", "province"), accessor="province.name_zh"),
    )

    def records(self) -> QuerySet[Any]:
        return Enterprise.objects.real().public().select_related("province").order_by("name_zh", "pk")

    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        code = text.upper()
        return records.filter(directory.answers(text) | Q(uscc__startswith=code) | Q(reference=code))


class Divisions(Window):
    """Divisions of today, by code or name."""

    chooser = record_choices.DivisionChooser
    columns = (
        Column("code", label=pgettext_lazy("column", "code")),
        Column("within", label=pgettext_lazy("column", "within"), accessor=lambda one: _within(one)),
        Column("level", label=pgettext_lazy("column", "level"), accessor="get_level_display"),
    )

    def records(self) -> QuerySet[Any]:
        return Division.objects.current().select_related("parent__parent").order_by("code")

    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        named = Q(name_zh__contains=text) | Q(name_en__icontains=text) | Q(name_pinyin__icontains=text)
        return records.filter(named | Q(code__startswith=text))


class Agreements(Window):
    """Agreements by name or code."""

    chooser = record_choices.AgreementChooser
    columns = (
        Column("code", label=pgettext_lazy("column", "code")),
        Column("label", label=pgettext_lazy("column", "label"), accessor="scheme_label"),
    )

    def records(self) -> QuerySet[Any]:
        return Agreement.objects.all()

    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        return records.filter(Q(name_zh__contains=text) | Q(name_en__icontains=text) | Q(code__icontains=text))


class Announcements(Window):
    """Formal announcements by their title or number."""

    chooser = record_choices.AnnouncementChooser
    columns = (
        Column("published_on", label=pgettext_lazy("column", "published on")),
        Column("issuer", label=pgettext_lazy("column", "issuer"), accessor="get_issuer_display"),
    )

    def records(self) -> QuerySet[Any]:
        return Announcement.objects.real()

    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        numbered = Q(number=int(text[:9])) if text.isdecimal() else Q()
        return records.filter(Q(text__icontains=text) | numbered)


class PovertyLists(Window):
    """Poverty lists by name."""

    chooser = record_choices.PovertyListChooser
    columns = (Column("size", label=pgettext_lazy("column", "units"), accessor="official_size"),)

    def records(self) -> QuerySet[Any]:
        return PovertyList.objects.all()

    def find(self, records: QuerySet[Any], text: str) -> QuerySet[Any]:
        return records.filter(Q(name_zh__contains=text) | Q(name_en__icontains=text) | Q(slug__icontains=text))


WINDOWS: tuple[type[Window], ...] = (Products, Enterprises, Divisions, Agreements, Announcements, PovertyLists)


def _within(division: Division) -> str:
    above = [one for one in (division.parent and division.parent.parent, division.parent) if one]
    return " › ".join(one.name_zh for one in above)


def _filter_form(window: Window) -> type[BaseFilterForm]:
    class FilterForm(BaseFilterForm):  # type: ignore[misc]
        q = forms.CharField(label=_("Name or number"), required=False, max_length=100)

        def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
            text = normalise(self.cleaned_data.get("q", ""))
            self.is_searching, self.search_query = bool(text), text
            return window.find(objects, text) if text else objects

    return FilterForm


class Counted(WagtailPaginator):  # type: ignore[misc]
    """Pages of a window. Wagtail would count in the English name of the table."""

    @cached_property
    def items_count_label(self) -> str:
        return _now("%(number)s in all") % {"number": self.count}


class _ReadOnly:
    """What the views of a window share. `window` is given by the viewset."""

    paginator_class = Counted
    window: Window | None = None

    def get_object_list(self) -> QuerySet[Any]:
        assert self.window is not None
        return self.window.records()

    def get_filter_form_class(self) -> type[BaseFilterForm]:
        assert self.window is not None
        return _filter_form(self.window)

    def apply_object_list_ordering(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        return objects

    def can_create(self) -> bool:
        return False

    @property
    def columns(self) -> list[Column]:
        assert self.window is not None
        return [self.title_column, *self.window.columns]  # type: ignore[attr-defined]


class ChooseView(_ReadOnly, generic.ChooseView):  # type: ignore[misc]
    """The window."""


class ChooseResultsView(_ReadOnly, generic.ChooseResultsView):  # type: ignore[misc]
    """The list in it, after a search."""


class _Chosen:
    """What is handed back to the page: only what the window lists can be chosen."""

    window: Window | None = None

    def get_object(self, pk: str) -> Any:
        return self._chosen([pk]).get()

    def get_objects(self, pks: list[str]) -> QuerySet[Any]:
        return self._chosen(pks)

    def _chosen(self, pks: list[str]) -> QuerySet[Any]:
        assert self.window is not None
        if not all(pk.isdecimal() and len(pk) <= LONGEST_KEY for pk in pks):
            raise Http404("no such key")
        return self.window.records().filter(pk__in=pks)

    def get_display_title(self, instance: Any) -> str:
        return chosen_title(instance)

    def get_edit_item_url(self, instance: Any) -> None:
        return None


class ChosenView(_Chosen, generic.ChosenView):  # type: ignore[misc]
    """One record was chosen."""


class ChosenMultipleView(_Chosen, generic.ChosenMultipleView):  # type: ignore[misc]
    """Several records were chosen."""


class RecordWindow(ChooserViewSet):  # type: ignore[misc]
    """The addresses of one window. There is none to create a record, and none takes a form."""

    register_widget = False
    per_page = 12

    def __init__(self, window: Window) -> None:
        self.window = window
        self.model = window.chooser.model
        self.icon = window.chooser.icon
        self.choose_one_text = window.chooser.choose_one_text
        super().__init__(window.chooser.chooser_modal_url_name.removesuffix(":choose"))

    def get_urlpatterns(self) -> list[Any]:
        model, window = self.model, self.window
        shared = {"model": model, "window": window}
        listing = shared | {
            "results_url_name": self.get_url_name("choose_results"), "chosen_url_name": self.get_url_name("chosen"),
            "chosen_multiple_url_name": self.get_url_name("chosen_multiple"), "per_page": self.per_page,
            "create_url_name": None,
        }  # fmt: skip
        title = {"icon": self.icon, "page_title": self.choose_one_text, "search_tab_label": self.search_tab_label}
        return [
            path("", ChooseView.as_view(**listing, **title), name="choose"),
            path("results/", ChooseResultsView.as_view(**listing), name="choose_results"),
            path("chosen/<int:pk>/", ChosenView.as_view(**shared), name="chosen"),
            path("chosen-multiple/", ChosenMultipleView.as_view(**shared), name="chosen_multiple"),
        ]


def windows() -> list[RecordWindow]:
    """All windows, to be registered; a field of a page that holds a record uses them too."""
    for chooser in CHOOSERS:
        register_form_field_override(ForeignKey, to=chooser.model, override={"widget": chooser})
    return [RecordWindow(window()) for window in WINDOWS]
