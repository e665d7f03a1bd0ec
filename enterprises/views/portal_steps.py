"""The way to an application: start, five steps that save whatever is there, and sending it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import drafts, portal_choices, portal_words, workflow
from enterprises.application_models import MarkApplication
from enterprises.case_files import actor_of
from enterprises.completeness import needs_mark
from enterprises.models import Authorisation, Membership
from enterprises.portal_forms import FORMS, DeclarationForm, ReplyForm, StartForm, StepForm
from enterprises.states import EDITABLE, USABLE, ApplicationKind, ApplicationState
from enterprises.views import portal_documents
from enterprises.views.portal_access import acting, begins, crumbs, file_or_404, frame
from gi_registry.moves import MoveRefused
from products.area_check import where_is
from products.models import Product

PAGES = {
    "product": "portal/step_product.html",
    "sites": "portal/step_sites.html",
    "goods": "portal/step_goods.html",
}

# --- Start ---


@require_http_methods(["GET", "POST"])
@begins
@acting
def start(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What is needed and how long it takes; the button starts a draft, the same form sent twice only one."""
    form = StartForm(request.POST if request.method == "POST" else request.GET)
    valid = form.is_valid()
    product = portal_choices.product_by_number(form.cleaned_data.get("product", "").strip())
    authorisation = _changeable(membership, form.cleaned_data.get("authorisation", ""))
    if request.method == "POST" and valid:
        return _start(request, membership, form.cleaned_data["nonce"], product, authorisation)
    if request.method == "POST":
        messages.error(request, _("Nothing was started yet. Please press the button once more."))
    context = {
        "crumbs": crumbs((_("New application"), "")), "enterprise": membership.enterprise,
        "nonce": uuid.uuid4(), "product": product, "authorisation": authorisation,
    }  # fmt: skip
    return render(request, "portal/start.html", context)


def _changeable(membership: Membership, reference: str) -> Authorisation | None:
    """The own authorisation that is to be changed; one that cannot be is not found."""
    if not reference:
        return None
    rows = Authorisation.objects.filter(enterprise=membership.enterprise, state__in=USABLE, product__isnull=False)
    found = rows.select_related("product").filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def _start(
    request: HttpRequest, membership: Membership, nonce: uuid.UUID, product: Product | None,
    authorisation: Authorisation | None,
) -> HttpResponse:  # fmt: skip
    kind = ApplicationKind.CHANGE if authorisation else ApplicationKind.NEW
    try:
        file = drafts.start(
            membership.enterprise, by=actor_of(membership), nonce=nonce, kind=kind, product=product,
            authorisation=authorisation,
        )  # fmt: skip
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        messages.error(request, str(refusal))
        return redirect("enterprises:portal")
    return redirect("enterprises:portal_step", file.reference, "product")


# --- Steps ---


@require_http_methods(["GET", "POST"])
@acting
def step(request: HttpRequest, membership: Membership, reference: str, step: str) -> HttpResponse:
    """One step: GET shows it, POST stores whatever can be stored."""
    file = file_or_404(membership, reference)
    if step not in portal_words.STEPS:
        raise Http404
    if request.method == "POST" and step in FORMS:
        return _save(request, membership, file, step)
    if file.state not in EDITABLE:
        messages.warning(request, _("This application was sent; what stands in it cannot be changed now."))
        return redirect("enterprises:portal_file", file.reference)
    if step == "documents":
        return portal_documents.documents(request, membership, file)
    if step == "check":
        return show_check(request, file, DeclarationForm())
    more = {"province": request.GET.get("province", "")} if step == "sites" else {}
    return _show(request, file, FORMS[step](None, file=file, **more))


def _save(request: HttpRequest, membership: Membership, file: MarkApplication, step: str) -> HttpResponse:
    form = FORMS[step](request.POST, file=file)
    if not form.is_valid():
        return _show(request, file, form)
    try:
        _store(request, membership, form)
    except MoveRefused as refusal:
        if refusal.code in ("not_permitted", "gone"):
            raise Http404 from None
        return _show(request, form.file, form, conflict=str(refusal), status=409)
    return _onward(request, form.file, step)


def _store(request: HttpRequest, membership: Membership, form: StepForm) -> None:
    """Store the step. Something else of the draft may have changed meanwhile; the same step may not."""
    by, typed_version = actor_of(membership), request.POST.get("version", "")
    version = int(typed_version) if typed_version.isascii() and typed_version.isdigit() else 0
    try:
        form.write(by=by, version=min(version, 2**31 - 1))
    except MoveRefused as refusal:
        if refusal.code != "changed_elsewhere":
            raise
        form.rebase(file_or_404(membership, form.file.reference))
        if form.is_stored():  # the same form sent twice
            return
        if form.file.state not in EDITABLE or form.mark != request.POST.get("seen"):
            raise
        form.write(by=by, version=form.file.version)


def _onward(request: HttpRequest, file: MarkApplication, step: str) -> HttpResponse:
    """Where the button that was pressed leads."""
    action, here = request.POST.get("action"), reverse("enterprises:portal_step", args=[file.reference, step])
    if action == "stop":
        messages.success(request, _("Saved. You can go on at any time."))
        return redirect("enterprises:portal")
    if action == "search":
        return redirect(f"{here}?{_query(q=request.POST.get('q', '').strip())}#products")
    if action in ("check", "more", "province"):
        return redirect(f"{here}?{_query(province=request.POST.get('province', ''))}")
    following = portal_words.STEPS[portal_words.STEPS.index(step) + 1]
    return redirect("enterprises:portal_step", file.reference, following)


def _query(**values: str) -> str:
    query = QueryDict(mutable=True)
    query.update(values)
    return query.urlencode()


def _show(
    request: HttpRequest, file: MarkApplication, form: StepForm, *, conflict: str = "", status: int = 200
) -> HttpResponse:
    """The page of a step; after a conflict with what is stored now beside what was typed."""
    values = request.POST if request.method == "POST" else request.GET
    context = frame(file, form.step) | {
        "form": form,
        "conflict": conflict,
        "stored": portal_words.said(file, form.step) if conflict else [],
        "editable": file.state in EDITABLE,
        "offer": portal_choices.products_for(values.get("q", "")),
        "typed_product": portal_choices.product_by_number(str(form["product"].value() or "")) if form.step == "product"
        else None,
        "needs_mark": needs_mark(file),
        "standards": portal_choices.standards_for(file.product) if form.step == "goods" else [],
    }  # fmt: skip
    return render(request, PAGES[form.step], context, status=status)


@require_safe
@acting
def area(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Whether a division lies in the area of a product, as a piece of a page."""
    division = portal_choices.division_by_code(request.GET.get("division", ""))
    product = portal_choices.product_by_number(request.GET.get("product", ""))
    if division is None or product is None:
        raise Http404
    return render(request, "portal/_place.html", {"place": where_is(product, division)})


# --- Sending ---


def show_check(
    request: HttpRequest, file: MarkApplication, form: DeclarationForm, *, status: int = 200
) -> HttpResponse:
    """Everything on one page, with what is missing."""
    context = frame(file, "check") | {
        "form": form,
        "blocks": [(name, portal_words.step_labels()[name], portal_words.said(file, name))
                   for name in ("product", "goods")],
        "sites": portal_words.sites(file),
        "documents": portal_words.documents_by_kind(file),
        "warnings": portal_words.warnings(file),
        "mending": file.state == ApplicationState.DEFECTS,
        "reply_form": ReplyForm(),
    }  # fmt: skip
    return render(request, "portal/step_check.html", context, status=status)


@require_POST
@acting
def submit(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Send the application; sent twice, it leads to the receipt of the first time."""
    file, form = file_or_404(membership, reference), DeclarationForm(request.POST)
    if file.state == ApplicationState.DRAFT and not form.is_valid():
        return show_check(request, file, form)
    try:
        if file.state == ApplicationState.DRAFT:
            workflow.submit(file, by=actor_of(membership))
            messages.success(request, _("Sent. Keep the receipt: its number leads to your file."))
            return redirect("enterprises:portal_file", file.reference)
    except MoveRefused as refusal:
        if refusal.code in ("not_permitted", "gone"):
            raise Http404 from None
        if refusal.code not in ("someone_was_faster", "wrong_state"):
            return show_check(request, file_or_404(membership, reference), form)
    messages.info(request, _("This application was sent before; nothing was sent twice. Here is its receipt."))
    return redirect("enterprises:portal_file", file.reference)


