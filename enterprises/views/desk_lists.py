"""Poverty lists at the desk: all of them, one with its versions and units, what is recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import list_facts
from enterprises.list_forms import ListForm, SearchForm, VersionForm
from enterprises.views.desk_access import at_desk, status_of
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import list_registrar
from products.list_values import fingerprint, poverty_list_values
from products.models import PovertyList

UNITS_A_PAGE, MOST_DROPPED, MOST_EVENTS, MOST_IMPORTS = 100, 100, 12, 5
FASTER = "someone_was_faster"


def list_or_404(slug: str) -> PovertyList:
    """Lists are public: whoever is at the desk reads all of them."""
    return get_object_or_404(PovertyList, slug=slug)


def able(actors: Sequence[Actor]) -> Actor | None:
    """The role in which somebody keeps the register; None for those who only read."""
    return next((actor for actor in actors if actor.has(Permission.KEEP_REGISTER)), None)


def crumbs(poverty_list: PovertyList | None = None, last: str = "") -> list[tuple[str, str]]:
    """The way from the lists to one, or to a page behind it."""
    way = [(_("Poverty lists"), reverse("enterprises:desk_lists"))]
    if poverty_list is not None:
        here = reverse("enterprises:desk_list", args=[poverty_list.slug]) if last else ""
        way.append((poverty_list.name_zh, here))
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Every list: its version of today, its official size beside what is on record."""
    context = {"lines": list_facts.lists(), "keeps": able(actors) is not None}
    return render(request, "desk/lists.html", context)


@require_safe
@at_desk()
def list_page(request: HttpRequest, actors: Sequence[Actor], slug: str) -> HttpResponse:
    """One list: its facts, its versions, the units of today, those that were dropped, its history."""
    poverty_list = list_or_404(slug)
    values, notices = read(SearchForm(request.GET))
    text, today, versions = values["q"] or "", timezone.localdate(), list(poverty_list.versions.all())
    gone = list_facts.dropped(poverty_list, text)
    history, entries = list_facts.history("poverty_list", slug, MOST_EVENTS)
    context = {
        "crumbs": crumbs(poverty_list),
        "list": poverty_list,
        "figures": next(one for one in list_facts.lists() if one.poverty_list.pk == poverty_list.pk),
        "versions": [(one, one == list_facts.version_on(versions, today)) for one in reversed(versions)],
        "page": Paginator(list_facts.units(poverty_list, text), UNITS_A_PAGE).get_page(request.GET.get("page")),
        "gone": gone[:MOST_DROPPED], "gone_count": gone.count(),
        "form": SearchForm(None, initial=values), "narrowed": bool(text), "notices": notices,
        "history": history, "entries": entries,
        "keeps": able(actors) is not None,
        "imports": poverty_list.imports.defer("rows")[:MOST_IMPORTS] if able(actors) else [],
    }  # fmt: skip
    return render(request, "desk/lists_list.html", context)


# --- What is recorded of a list ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """A list that the register does not have yet."""
    form, status = ListForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        slug = form.cleaned_data["slug"]
        place = PovertyList.objects.exclude(slug=slug).count() + 1
        try:
            list_registrar.enter_poverty_list(by=actors[0], slug=slug, order=place, **form.values())
        except MoveRefused as refusal:
            form.add_error("slug", str(refusal))
            status = status_of(refusal.code)
        else:
            messages.success(request, _("The list is on record. Now its units can be added."))
            return redirect("enterprises:desk_list", slug)
    title = _("New poverty list")
    context = {"crumbs": crumbs(None, title), "title": title, "form": form}
    return render(request, "desk/lists_form.html", context | _frame(None), status=status)


def _frame(poverty_list: PovertyList | None, **more: Any) -> dict[str, Any]:
    """What the page around every small form needs; `stored`: values that somebody else has stored meanwhile."""
    back = reverse("enterprises:desk_list", args=[poverty_list.slug]) if poverty_list else ""
    return {"list": poverty_list, "back": back or reverse("enterprises:desk_lists"), "intro": "", "stored": []} | more


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def edit(request: HttpRequest, actors: Sequence[Actor], slug: str) -> HttpResponse:
    """Correct what is recorded of a list."""
    poverty_list, stored, status = list_or_404(slug), list[tuple[str, str]](), 200
    form = ListForm(request.POST if request.method == "POST" else None, poverty_list=poverty_list)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            list_registrar.amend_poverty_list(poverty_list, by=actors[0], seen=seen, **form.values())
        except MoveRefused as refusal:
            status = status_of(refusal.code)
            form, stored = _once_more(request, poverty_list, refusal)
        else:
            messages.success(request, _("Stored."))
            return redirect("enterprises:desk_list", slug)
    title = _("Correct the list")
    context = {"crumbs": crumbs(poverty_list, title), "title": title, "form": form}
    return render(request, "desk/lists_form.html", context | _frame(poverty_list, stored=stored), status=status)


def _once_more(
    request: HttpRequest, poverty_list: PovertyList, refusal: MoveRefused
) -> tuple[ListForm, list[tuple[str, str]]]:
    """The form as typed, ready to be sent over what somebody else has stored, and what that is."""
    now = PovertyList.objects.get(pk=poverty_list.pk)
    data = request.POST.copy()
    data["seen"] = fingerprint(poverty_list_values(now))
    form = ListForm(data, poverty_list=now)
    form.add_error(None, str(refusal))
    return form, stored_besides(form)


def stored_besides(form: Any) -> list[tuple[str, str]]:
    """Names and stored values of the fields that hold something else in a form than in the register."""
    found = []
    for field in form.visible_fields():
        if field.name in form.changed_data:
            value = form.initial.get(field.name)
            shown = list_facts.in_words(field.name, value)
            found.append((str(field.label), shown))
    return found


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def version_new(request: HttpRequest, actors: Sequence[Actor], slug: str) -> HttpResponse:
    """A new publication of the list; its units are added and dropped afterwards."""
    poverty_list, status = list_or_404(slug), 200
    form = VersionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            list_registrar.publish_version(poverty_list, by=actors[0], **form.cleaned_data)
        except MoveRefused as refusal:
            form.add_error("effective_from" if refusal.code == "not_later" else None, str(refusal))
            status = status_of(refusal.code)
        else:
            messages.success(request, _("The new version is on record. Now add and drop units in it."))
            return redirect("enterprises:desk_list", slug)
    title = _("Publish a new version")
    intro = _("It begins with all units of the version before. Units that are added or dropped afterwards count from "
              "its first day; for the days before, the list stays as it was.")  # fmt: skip
    context = {"crumbs": crumbs(poverty_list, title), "title": title, "form": form}
    return render(request, "desk/lists_form.html", context | _frame(poverty_list, intro=intro), status=status)
