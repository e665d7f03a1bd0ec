"""Trainings, guidance visits and funding projects at the desk: the lists of the own territory, entering, striking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.cultivation_forms import ProjectForm, RecordForm, RecordsForm, TrainingForm, VersionForm
from enterprises.views.desk_access import at_desk
from enterprises.views.kept_forms import Outcome, store
from gi_registry import exports
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import cultivation, cultivation_exports, pipeline
from products.cultivation_models import FundingProject, Training

ROWS_A_PAGE = 50
FORMATS = ("csv", "xlsx")


@dataclass(frozen=True)
class Kind:
    """What trainings and projects do not share. `day`: the column whose year counts; `address`: name of the list."""

    address: str
    day: str
    rows: Callable[[Sequence[Actor]], Any]
    form: type[RecordForm]
    enter: Callable[..., Any]
    amend: Callable[..., bool]
    table: Callable[..., exports.Table]
    title: Promise
    new: Promise
    page: str
    edit: str

    @property
    def url(self) -> str:
        """Where the list stands."""
        return reverse(f"enterprises:{self.address}")


TRAININGS = Kind(
    "desk_trainings", "held_on", pipeline.trainings, TrainingForm, cultivation.enter_training,
    cultivation.amend_training, cultivation_exports.trainings, gettext_lazy("Trainings"),
    gettext_lazy("Enter a training or visit"), "desk/trainings.html", "desk/training_edit.html",
)  # fmt: skip
PROJECTS = Kind(
    "desk_projects", "begins_on", pipeline.projects, ProjectForm, cultivation.enter_project, cultivation.amend_project,
    cultivation_exports.projects, gettext_lazy("Funding projects"), gettext_lazy("Enter a funding project"),
    "desk/projects.html", "desk/project_edit.html",
)  # fmt: skip


# --- The lists ---


@require_safe
@at_desk()
def trainings(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponseBase:
    """Trainings and guidance visits of the own territory, with their sums by year."""
    return _index(request, actors, TRAININGS)


@require_safe
@at_desk()
def projects(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponseBase:
    """Funding projects of the own territory, with their sums by year."""
    return _index(request, actors, PROJECTS)


def _index(request: HttpRequest, actors: Sequence[Actor], kind: Kind) -> HttpResponseBase:
    rows = kind.rows(actors)
    offered = _offered(rows, kind)
    values, notices = read(RecordsForm(request.GET, **offered))
    shown = _narrowed(rows, kind, values)
    if (file := request.GET.get("format")) in FORMATS:
        about = {name: str(value) for name, value in values.items() if value}
        return exports.respond(kind.table(shown, about), file)
    page = Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page"))
    every = pipeline.sums(pipeline.trainings(actors), pipeline.projects(actors))
    context = {
        "page": page,
        "rows": [(row, row.struck_on is None and pipeline.keeper(actors, row.division) is not None) for row in page],
        "years": [year for year in every if (year.events if kind is TRAININGS else year.projects)],
        "uncounted": rows.filter(demonstration=True, struck_on=None).exists(),
        "form": RecordsForm(None, initial=values, **offered), "narrowed": any(values.values()), "notices": notices,
        "keeps": any(actor.has(Permission.KEEP_CULTIVATION) for actor in actors), "formats": FORMATS,
    }  # fmt: skip
    return render(request, kind.page, context)


def _offered(rows: Any, kind: Kind) -> dict[str, Any]:
    """The years and counties by which the list can be narrowed."""
    through = rows.model.counties.through.objects.filter(**{f"{rows.model.__name__.lower()}__in": rows.order_by()})
    return {
        "years": [day.year for day in rows.order_by().dates(kind.day, "year", order="DESC")],
        "counties": Division.objects.filter(pk__in=through.values("division")).order_by("code"),
    }


def _narrowed(rows: Any, kind: Kind, values: dict[str, Any]) -> Any:
    rows = rows.exclude(struck_on=None) if values["view"] else rows.filter(struck_on=None)
    if values["year"]:
        rows = rows.filter(**{f"{kind.day}__year": values["year"]})
    return rows.filter(counties=values["county"]) if values["county"] else rows


# --- Entering ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def training_new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter a training or guidance visit."""
    return _new(request, actors, TRAININGS)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def project_new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter a funding project."""
    return _new(request, actors, PROJECTS)


def _new(request: HttpRequest, actors: Sequence[Actor], kind: Kind) -> HttpResponse:
    form = kind.form(_sent(request), actors=actors)
    if form.is_valid():
        by, division = _holder(actors, list(form.cleaned_data["counties"]))
        if by is None or division is None:
            form.add_error("counties", _("These counties are of several territories: enter it once for each."))

    def write() -> Any:
        return kind.enter(by=by, nonce=form.cleaned_data["nonce"], division=division, **form.values)

    return _answer(request, actors, kind, None, str(kind.new), form, store(form, write), done=_("Entered."))


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _holder(actors: Sequence[Actor], counties: list[Division]) -> tuple[Actor | None, Division | None]:
    """In which role somebody enters what is for some counties, and whose it is: that of the role's territory.

    The officer has none: what is for several counties belongs to the smallest division that holds them all.
    """
    by = pipeline.keeper(actors, *counties)
    if by is None or by.division is not None:
        return by, by.division if by else None
    shared = reduce(lambda left, right: left & right, ({part.pk for part in place.lineage()} for place in counties))
    return by, next((part for part in reversed(counties[0].lineage()) if part.pk in shared), None)


def _answer(
    request: HttpRequest, actors: Sequence[Actor], kind: Kind, row: Training | FundingProject | None, title: str,
    form: Any, outcome: Outcome, *, done: str, template: str = "",
) -> HttpResponse:  # fmt: skip
    """Back to the list where the form was stored, else the form again."""
    if outcome.row is not None:
        messages.success(request, done)
        return redirect(kind.url)
    context = {
        "crumbs": [(str(kind.title), kind.url), (title, "")], "title": title, "row": row, "form": form,
        "stands": outcome.stands, "back": kind.url,
    }  # fmt: skip
    return render(request, template or kind.edit, context, status=outcome.status)


# --- Amending and striking ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def training_edit(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """Correct a training or guidance visit."""
    return _edit(request, actors, TRAININGS, pk)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def project_edit(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """Correct a funding project, or carry it on."""
    return _edit(request, actors, PROJECTS, pk)


def _kept_or_404(actors: Sequence[Actor], kind: Kind, pk: int, *, struck: bool = False) -> tuple[Any, Actor]:
    """A row, and the role in which somebody keeps it; who only reads finds nothing here.

    `struck`: also one that was struck meanwhile, so that what was typed is shown again with the reason.
    """
    row = get_object_or_404(kind.rows(actors), pk=pk)
    by = pipeline.keeper(actors, row.division)
    if by is None or (row.struck_on is not None and not struck):
        raise Http404
    return row, by


def _edit(request: HttpRequest, actors: Sequence[Actor], kind: Kind, pk: int) -> HttpResponse:
    row, by = _kept_or_404(actors, kind, pk, struck=request.method == "POST")
    many = {name: list(getattr(row, name).all()) for name in ("counties", "candidates") if hasattr(row, name)}
    form = kind.form(_sent(request), initial=vars(row) | many, actors=[by], kept=many["counties"])

    def write() -> bool:
        return kind.amend(row, by=by, version=form.cleaned_data["version"] or 0, **form.values)

    outcome = store(form, write, lambda: _kept_or_404(actors, kind, pk, struck=True)[0])
    return _answer(request, actors, kind, row, _("Correct the entry"), form, outcome, done=_("Saved."))


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def training_strike(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """Strike a training that was entered by mistake; GET asks once more."""
    return _strike(request, actors, TRAININGS, pk)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def project_strike(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """Strike a project that was entered by mistake; GET asks once more."""
    return _strike(request, actors, PROJECTS, pk)


def _strike(request: HttpRequest, actors: Sequence[Actor], kind: Kind, pk: int) -> HttpResponse:
    row, by = _kept_or_404(actors, kind, pk, struck=request.method == "POST")
    form = VersionForm(_sent(request), initial={"version": row.version})

    def write() -> bool:
        return cultivation.strike(row, by=by, version=form.cleaned_data["version"]) is None

    outcome = store(form, write, lambda: _kept_or_404(actors, kind, pk, struck=True)[0])
    title, done = _("Strike the entry"), _("Struck. It counts no more.")
    return _answer(request, actors, kind, row, title, form, outcome, done=done, template="desk/training_strike.html")
