"""Portal pages on one batch of labels: what comes next, what has become of its labels, and each step with them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import label_facts, label_printing, label_steps, labels
from enterprises.case_files import actor_of
from enterprises.label_facts import BatchBalance
from enterprises.label_forms import LabelForm, NonceField, PhotoForm, RangeForm, RecallForm
from enterprises.label_models import LabelBatch
from enterprises.label_states import WAITING_BATCHES, BatchState, RecallGround, VoidReason
from enterprises.models import Membership
from enterprises.views.portal_access import acting
from enterprises.views.portal_labels import label_crumbs, refused
from gi_registry.moves import MoveRefused


def batch_or_404(membership: Membership, reference: str) -> LabelBatch:
    """A batch of the own enterprise."""
    rows = LabelBatch.objects.filter(season__authorisation__enterprise=membership.enterprise)
    found = rows.select_related("season__authorisation__enterprise", "season__authorisation__product")
    batch = found.filter(reference=reference).first()
    if batch is None:
        raise Http404
    return batch


def batch_crumbs(batch: LabelBatch, last: str = "") -> list[tuple[str, str]]:
    """The way to a batch, or to a page behind it."""
    address = reverse("enterprises:portal_batch", args=[batch.reference]) if last else ""
    return label_crumbs(batch.season.authorisation, (batch.reference, address), *([(last, "")] if last else []))


@require_safe
@acting
def batch_page(request: HttpRequest, membership: Membership, batch: str) -> HttpResponse:
    """One batch: what comes next, its facts, what has become of its labels."""
    return show_batch(request, batch_or_404(membership, batch), PhotoForm())


def show_batch(request: HttpRequest, row: LabelBatch, photo_form: PhotoForm) -> HttpResponse:
    """The page of a batch, with the form that is being filled."""
    balance, usable = label_facts.batch_balance(row), row.season.authorisation.may_be_used
    context = {
        "crumbs": batch_crumbs(row),
        "batch": row,
        "season": row.season,
        "row": row.season.authorisation,
        "balance": balance,
        "usable": usable,
        "steps": label_steps.own_steps(balance, usable=usable),
        "history": label_steps.history(balance),
        "printable": label_printing.printable(balance, usable=usable),
        "photo_form": photo_form,
        "takes_photo": row.state in (*WAITING_BATCHES, BatchState.ISSUED),
    }
    return render(request, "portal/labels_batch.html", context)


# --- Steps ---


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def batch_step(request: HttpRequest, membership: Membership, batch: str, step: str) -> HttpResponse:
    """One step with a batch or with some of its labels: asked once more, then done. Sent twice, it counts once."""
    row, done = batch_or_404(membership, batch), done_words(step)
    balance, data = label_facts.batch_balance(row), request.POST if request.method == "POST" else None
    again = data is not None and row.events.filter(nonce=NonceField().clean(data.get("nonce"))).exists()
    if not again and step not in label_steps.own_steps(balance, usable=row.season.authorisation.may_be_used):
        messages.info(request, _("This step is not possible in the present state."))
        return redirect("enterprises:portal_batch", row.reference)
    form = step_form(balance, step, data)
    if again or (form.is_valid() and _take(membership, row, step, form)):
        messages.success(request, done)
        return redirect("enterprises:portal_batch", row.reference)
    context = {"crumbs": batch_crumbs(row, _("Next step")), "batch": row, "step": step,
               "form": form, "balance": balance}  # fmt: skip
    return render(request, "portal/labels_step.html", context)


def done_words(step: str) -> str:
    """What is said when a step is done; nothing is found under the name of any other step."""
    words = {
        "activate": _("Activated. Whoever scans one of these labels now reads that it is in force."),
        "return": _("Returned. Their quantity is free for other labels again."),
        "void": _("Void. Whoever scans one of these labels is told so from now on."),
        "recall": _("Recalled. Whoever scans a label of this batch is told so from now on."),
        "withdraw": _("Withdrawn. You can request labels anew."),
    }
    if step not in words:
        raise Http404
    return words[step]


def step_form(balance: BatchBalance, step: str, data: Any) -> forms.Form:
    """The form of a step."""
    if step not in label_steps.POSSIBLE:
        return RecallForm(data) if step == "recall" else LabelForm(data)
    ranges = label_steps.open_ranges(balance, step)
    number = sum(last - first + 1 for first, last in ranges)
    words = ngettext("The {number} label that waits", "All {number} labels that wait", number)
    if step == "void":
        words = ngettext("The {number} label that still counts", "All {number} labels that still count", number)
    everything = words.format(number=f"{number:,}")
    return RangeForm(data, batch=balance.batch, ranges=ranges, everything=everything, reason=step == "void")


def _take(membership: Membership, row: LabelBatch, step: str, form: forms.Form) -> bool:
    """Call the writer; all ranges or none."""
    by, values = actor_of(membership), form.cleaned_data
    calls = {"activate": labels.activate, "return": labels.take_back, "void": labels.declare_void}
    try:
        with transaction.atomic():
            if step == "withdraw":
                labels.withdraw(row, by=by)
            elif step == "recall":
                labels.recall(row, by=by, ground=RecallGround(values["ground"]), text=values["text"])
            for number, (first, last) in enumerate(values.get("ranges", [])):
                nonce = uuid.uuid5(values["nonce"], str(first)) if number else values["nonce"]
                more = {"reason": VoidReason(values["reason"])} if step == "void" else {}
                calls[step](row, by=by, nonce=nonce, first=first, last=last, **more)  # type: ignore[operator]
    except MoveRefused as refusal:
        refused(form, refusal)
        return False
    return True
