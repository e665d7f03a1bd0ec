"""Standards and checks at the desk: everybody there reads them; who keeps them corrects them on their own page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.system_forms import CheckForm, ProductsFilter, StandardForm, StandardsFilter
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.kept_forms import Outcome, store
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import system_facts, systems
from products.models import Product
from products.system_models import CheckItem, Standard
from products.system_values import keeper, may_keep_standard, standard_keeper
from products.system_words import doubt

ROWS_A_PAGE = 50


def keeps(actors: Sequence[Actor]) -> bool:
    """Whether somebody keeps anything of the three systems, and does not only read."""
    return any(actor.has(Permission.KEEP_SYSTEMS) for actor in actors)


def sent(request: HttpRequest) -> Any:
    """What a form gets."""
    return request.POST if request.method == "POST" else None


def show(
    request: HttpRequest, actors: Sequence[Actor], template: str, crumbs: list[tuple[str, str]], form: Any = None,
    outcome: Outcome | None = None, **more: Any,
) -> HttpResponse:  # fmt: skip
    """A page of this part of the desk; `crumbs`: the way to it, its own title last."""
    outcome = outcome or Outcome()
    context = {
        "crumbs": crumbs, "title": crumbs[-1][0], "back": crumbs[-2][1] if len(crumbs) > 1 else "", "form": form,
        "stands": outcome.stands, "keeps": keeps(actors), "lede": "", "row": None,
    }  # fmt: skip
    return render(request, template, context | more, status=outcome.status)


def listed(request: HttpRequest, actors: Sequence[Actor], template: str, form: type, find: Any) -> HttpResponse:
    """A list that can be narrowed; `find` takes the values of the filter."""
    values, notices = read(form(request.GET))
    page = Paginator(find(**{name: value or "" for name, value in values.items()}), ROWS_A_PAGE)
    context = {
        "page": page.get_page(request.GET.get("page")), "form": form(None, initial=values), "notices": notices,
        "narrowed": any(values.values()), "keeps": keeps(actors),
    }  # fmt: skip
    return render(request, template, context)


# --- Standards ---


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """All standards."""

    def find(q: str, kind: str) -> Any:
        return system_facts.standards(q, kind)

    return listed(request, actors, "desk/systems.html", StandardsFilter, find)


def _standard_crumbs(title: str) -> list[tuple[str, str]]:
    return [(_("Standards"), reverse("enterprises:desk_systems")), (title, "")]


def _done(request: HttpRequest, row: Standard, text: str) -> HttpResponse:
    """Back to the page of a standard, with what looks odd about its number."""
    messages.success(request, text)
    if warning := _doubt(row):
        messages.warning(request, warning)
    return redirect("enterprises:desk_standard", row.pk)


def _doubt(row: Standard) -> str:
    return str(doubt(row.kind, row.number, row.division.code if row.division else ""))


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_SYSTEMS)
def standard_new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter a standard."""
    form = StandardForm(sent(request), actors=actors)

    def write() -> Standard:
        kept = [by for by in actors if may_keep_standard(by, form.values["kind"], form.values["division"])]
        return systems.enter_standard(by=[*kept, *actors][0], **form.values)

    outcome = store(form, write)
    if outcome.row is not None:
        return _done(request, outcome.row, _("The standard is on record."))
    return show(request, actors, "desk/system_form.html", _standard_crumbs(_("Enter a standard")), form, outcome)


def _standard_or_404(pk: int) -> Standard:
    return get_object_or_404(Standard.objects.select_related("division__parent__parent", "replaced_by"), pk=pk)


def correct(
    request: HttpRequest, form: type, row: Any, by: Actor, amend: Any, current: Any, **related: Any
) -> tuple[Any, Outcome]:
    """The form of a row that somebody keeps, and what came of sending it; `related`: values beside its columns."""
    bound = form(sent(request), initial=vars(row) | related, actors=[by])

    def write() -> bool:
        amend(row, by=by, version=bound.cleaned_data["version"] or 0, **bound.values)
        return True

    return bound, store(bound, write, current)


@require_http_methods(["GET", "POST"])
@at_desk()
def standard_page(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """One standard, its history, and for those who keep it the form."""
    row = _standard_or_404(pk)
    by, form, outcome = standard_keeper(actors, row), None, Outcome()
    if by is None and request.method == "POST":
        raise Http404
    if by is not None:
        related = {"division": row.division, "replaced_by": row.replaced_by, "products": list(row.products.all())}
        form, outcome = correct(
            request, StandardForm, row, by, systems.amend_standard, lambda: _standard_or_404(pk), **related
        )
        if outcome.row is not None:
            return _done(request, _standard_or_404(pk), _("Saved."))
    row = _standard_or_404(pk)
    more = {"row": row, "line": system_facts.line_of(row, timezone.localdate()), "warning": _doubt(row),
            "history": history("standard", str(pk)), "replaces": list(row.replaces.all())}  # fmt: skip
    return show(request, actors, "desk/system_standard.html", _standard_crumbs(row.number), form, outcome, **more)


# --- Checks of a product ---


@require_safe
@at_desk()
def checked(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Products with checks, and any product by its name or number."""
    return listed(request, actors, "desk/system_checked.html", ProductsFilter, system_facts.checked_products)


def _product_or_404(number: int) -> Product:
    return get_object_or_404(Product.objects.select_related("province"), number=number)


def _keeper_or_404(actors: Sequence[Actor], product: Product) -> Actor:
    by = keeper(actors, product.province)
    if by is None:
        raise Http404
    return by


def _check_crumbs(product: Product, last: str = "") -> list[tuple[str, str]]:
    here = reverse("enterprises:desk_checks", args=[product.number]) if last else ""
    way = [(_("Checks"), reverse("enterprises:desk_checked")), (product.name_zh, here)]
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def checks(request: HttpRequest, actors: Sequence[Actor], number: int) -> HttpResponse:
    """What is checked of a product, part by part, also what is checked no more."""
    product, today = _product_or_404(number), timezone.localdate()
    rows = system_facts.checks_of(product)
    more = {
        "product": product,
        "groups": system_facts.by_part(row for row in rows if system_facts.holds(row, today)),
        "other": [row for row in rows if not system_facts.holds(row, today)],
        "keeps": keeper(actors, product.province) is not None,
    }
    return show(request, actors, "desk/system_checks.html", _check_crumbs(product), **more)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_SYSTEMS)
def check_new(request: HttpRequest, actors: Sequence[Actor], number: int) -> HttpResponse:
    """Enter a check of a product."""
    product = _product_or_404(number)
    by = _keeper_or_404(actors, product)
    initial = {"effective_from": timezone.localdate(), "part": request.GET.get("part", "")}
    form = CheckForm(sent(request), initial=initial, actors=[by])
    outcome = store(form, lambda: systems.enter_check(product, by=by, **form.values))
    if outcome.row is not None:
        messages.success(request, _("The check is on record."))
        return redirect("enterprises:desk_checks", number)
    return show(request, actors, "desk/system_form.html", _check_crumbs(product, _("Enter a check")), form, outcome)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_SYSTEMS)
def check_page(request: HttpRequest, actors: Sequence[Actor], number: int, pk: int) -> HttpResponse:
    """Correct a check, or end it."""
    product = _product_or_404(number)
    by = _keeper_or_404(actors, product)
    rows = CheckItem.objects.select_related("standard", "product").filter(product=product)
    row = get_object_or_404(rows, pk=pk)
    form, outcome = correct(
        request, CheckForm, row, by, systems.amend_check, lambda: rows.get(pk=pk), standard=row.standard
    )
    if outcome.row is not None:
        messages.success(request, _("Saved."))
        return redirect("enterprises:desk_checks", number)
    more = {"row": rows.get(pk=pk), "lede": _("To change what is checked from a day on, end this one and enter a new "
                                              "one: so the days before keep what was checked then.")}  # fmt: skip
    crumbs = _check_crumbs(product, _("Correct the check"))
    return show(request, actors, "desk/system_form.html", crumbs, form, outcome, **more)
