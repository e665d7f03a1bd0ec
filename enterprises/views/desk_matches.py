"""Reviews: is the name on an agreement list this product of the register? One by one, or several at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from enterprises import recognition_facts
from enterprises.recognition_forms import SAME, FindForm, ReviewForm, ReviewsForm, TickedForm
from enterprises.views.desk_access import CONFLICTS, at_desk
from enterprises.views.desk_lists import able
from enterprises.views.desk_recognition import crumbs, sent
from enterprises.views.kept_forms import Outcome, store
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from products import entry_registrar, lookup
from products.agreement_words import goods
from products.entry_history import review_seen
from products.models import AgreementEntry, Product
from products.states import Side, Track

ROWS_A_PAGE, MOST_FOUND = 50, 8


@require_http_methods(["GET", "POST"])
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Names beside products that are written the same; several are decided at once with one reason."""
    by, form, status = able(actors), TickedForm(), 200
    values, notices = read(ReviewsForm(request.GET))
    if request.method == "POST":
        if by is None:
            raise Http404
        form = TickedForm(request.POST)
        if form.is_valid():
            refused = _decide(request, form, by)
            if not refused:
                return redirect(request.get_full_path())
            form.add_error(None, _("Somebody else has decided meanwhile on: {names}.").format(names="、".join(refused)))
            status = 409
    show, agreement = values["show"] or "suggested", values["agreement"]
    page = Paginator(recognition_facts.to_review(show, agreement), ROWS_A_PAGE).get_page(request.GET.get("page"))
    ticked = set(form.data.getlist("ticked")) if form.is_bound else set()
    context = {
        "crumbs": crumbs(None, (_("Reviews"), "")), "show": show, "page": page, "notices": notices,
        "counts": recognition_facts.review_counts(agreement), "filter": ReviewsForm(None, initial=values),
        "rows": [_row(entry, ticked) for entry in page], "form": form, "keeps": by is not None,
    }  # fmt: skip
    return render(request, "desk/recognition_matches.html", context, status=status)


def _row(entry: AgreementEntry, ticked: set[str]) -> dict[str, object]:
    product = entry.product or entry.suggested
    tick = f"{entry.pk}-{review_seen(entry)}"
    tracks = sorted({str(Track(right.track).label) for right in product.rights.all()}) if product else []
    return {
        "entry": entry, "product": product, "writings": recognition_facts.writings(entry)[1:], "tick": tick,
        "ticked": tick in ticked, "goods": goods(entry.product_category), "tracks": capfirst("; ".join(tracks)),
    }  # fmt: skip


def _decide(request: HttpRequest, form: TickedForm, by: Actor) -> list[str]:
    """Each ticked name for itself; returns the names on which somebody else was faster."""
    ticks, reason = form.ticks(), form.cleaned_data["reason"]
    step = entry_registrar.tie if form.cleaned_data["decision"] == SAME else entry_registrar.refuse_match
    done, refused = 0, []
    for entry in AgreementEntry.objects.filter(pk__in=ticks, side=Side.OUTBOUND).select_related("suggested"):
        try:
            if entry.suggested is None:
                raise MoveRefused("someone_was_faster", "")
            step(entry, entry.suggested, by=by, reason=reason, seen=ticks[entry.pk])
            done += 1
        except MoveRefused as refusal:
            if refusal.code not in CONFLICTS:
                raise Http404 from None
            refused.append(str(entry))
    if done:
        text = ngettext("{number} name is decided.", "{number} names are decided.", done)
        messages.success(request, text.format(number=done))
    return refused


@require_http_methods(["GET", "POST"])
@at_desk()
def one(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """One name: tied to a product that is suggested or searched for, found not to be one, or untied."""
    entry, by = _entry_or_404(pk), able(actors)
    if request.method == "POST" and by is None:
        raise Http404
    values, notices = read(FindForm(request.GET))
    products, text = _choices(entry, values["q"] or ""), values["q"] or ""
    seen = review_seen(entry)
    chosen, tied = entry.product or entry.suggested, entry.product is not None
    form = ReviewForm(sent(request), products=products, chosen=chosen, tied=tied, seen=seen)
    outcome = store(form, lambda: _decided(entry, form, by)) if products else Outcome()
    if outcome.row is not None:
        messages.success(request, _("Stored."))
        return redirect("enterprises:desk_match", pk)
    if outcome.status == 409:
        entry = _entry_or_404(pk)
        form.data["version"] = review_seen(entry)
    context = {
        "crumbs": crumbs(None, (_("Reviews"), reverse("enterprises:desk_matches")), (str(entry), "")),
        "entry": entry, "writings": recognition_facts.writings(entry)[1:], "goods": goods(entry.product_category),
        "find": FindForm(None, initial={"q": text}), "text": text, "form": form if products else None,
        "refused": entry.refused_products.all(), "keeps": by is not None, "notices": notices,
        "history": recognition_facts.history("agreement_entry", str(pk), 8)[0],
    }  # fmt: skip
    return render(request, "desk/recognition_match.html", context, status=outcome.status)


def _entry_or_404(pk: int) -> AgreementEntry:
    rows = AgreementEntry.objects.filter(side=Side.OUTBOUND).prefetch_related("refused_products")
    return get_object_or_404(rows.select_related("agreement", "product__province", "suggested__province"), pk=pk)


def _choices(entry: AgreementEntry, text: str) -> list[Product]:
    """What stands to choice: the tied product alone, else the suggested one and what a search finds."""
    if entry.product is not None:
        return [entry.product]
    found = [entry.suggested] if entry.suggested else []
    if text.isascii() and text.isdigit() and len(text) < 10:
        found += Product.objects.filter(number=text).select_related("province")
    elif text:
        found += lookup.search(Product.objects.select_related("province"), text).products[:MOST_FOUND]
    return list(dict.fromkeys(found))


def _decided(entry: AgreementEntry, form: ReviewForm, by: Actor) -> bool:
    typed = form.cleaned_data
    step = entry_registrar.tie if typed["decision"] == SAME else entry_registrar.refuse_match
    step(entry, typed["product"], by=by, reason=typed["reason"], seen=typed["version"])
    return True
