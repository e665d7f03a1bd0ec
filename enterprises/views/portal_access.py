"""Who comes to the portal, for which enterprise, and to which of its files. What belongs to others is not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from enterprises import portal_words
from enterprises.application_models import MarkApplication
from enterprises.case_files import membership_of
from enterprises.completeness import missing
from enterprises.models import Authorisation, Membership
from enterprises.states import ApplicationKind, ApplicationState
from gi_registry.late_forms import keeps_text

View = Callable[..., HttpResponseBase]


def acting(view: View) -> View:
    """Give a view the membership in which somebody acts for an enterprise now, as its second argument.

    Who is not signed in is led to the sign-in, and keeps what was typed; who acts for nobody finds nothing. Pages
    are kept by no shared cache; the browser may keep them, so that a way back finds what was typed.
    """

    @wraps(view)
    def with_membership(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        membership = membership_of(request.user)  # type: ignore[arg-type]
        if membership is None:
            raise Http404
        response = view(request, membership, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True)
        return response

    return keeps_text(with_membership)  # type: ignore[arg-type, return-value]


def begins(view: View) -> View:
    """For the entrance: who acts for nobody yet is led to the first steps instead of finding nothing."""

    @wraps(view)
    def leading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and request.user.is_authenticated and membership_of(request.user) is None:
            return redirect("enterprises:portal_begin")
        return view(request, *args, **kwargs)

    return leading


def file_or_404(membership: Membership, reference: str) -> MarkApplication:
    """A file of the own enterprise."""
    rows = MarkApplication.objects.of(membership.enterprise).select_related(
        "product__province", "enterprise", "division__parent__parent", "authorisation", "announcement"
    )
    file = rows.prefetch_related("deadlines").filter(reference=reference).first()
    if file is None:
        raise Http404
    return file


def authorisation_or_404(membership: Membership, reference: str) -> Authorisation:
    """An authorisation of the own enterprise."""
    rows = Authorisation.objects.filter(enterprise=membership.enterprise)
    found = rows.select_related("enterprise", "product", "announcement").filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def crumbs(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The way from the portal to a page; the last step has no address."""
    return [(_("Portal"), reverse("enterprises:portal")), *steps]


def file_crumbs(file: MarkApplication, last: str = "") -> list[tuple[str, str]]:
    """The way to a file, or to a page behind it."""
    if not last:
        return crumbs((file.reference, ""))
    return crumbs((file.reference, reverse("enterprises:portal_file", args=[file.reference])), (last, ""))


def frame(file: MarkApplication, step: str) -> dict[str, Any]:
    """What every page of a step needs."""
    labels = portal_words.step_labels()
    return {
        "file": file,
        "step": step,
        "label": labels[step],
        "number": portal_words.STEPS.index(step) + 1,
        "stations": portal_words.stations(file, step),
        "gaps": [gap for gap in missing(file) if gap.step == step or step == "check"],
        "is_change": file.kind == ApplicationKind.CHANGE,
        "crumbs": file_crumbs(file, labels[step]) if file.state != ApplicationState.DRAFT
        else crumbs((file.reference, ""), (labels[step], "")),
    }  # fmt: skip
