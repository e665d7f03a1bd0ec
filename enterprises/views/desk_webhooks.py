"""Webhooks at the desk: to whom changes are sent, how that goes, and what an officer does about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.views.desk_access import at_desk
from enterprises.views.kept_forms import store
from enterprises.webhook_forms import WebhookForm
from gi_registry import webhooks
from gi_registry.event_types import EventType
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.models import JournalHead
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.webhook_models import Webhook, WebhookState

ROWS_A_PAGE = 50
STEPS: dict[str, Callable[..., Any]] = {
    "pause": webhooks.pause, "resume": webhooks.resume, "try": webhooks.try_now, "end": webhooks.end,
    "secret": webhooks.renew_secret,
}  # fmt: skip
PILLS = {WebhookState.WAITING: "look", WebhookState.ACTIVE: "live", WebhookState.PAUSED: "stopped"}


@require_safe
@at_desk(Permission.KEEP_WEBHOOKS)
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """All webhooks, those of the past last."""
    rows = sorted(Webhook.objects.all(), key=lambda row: (row.state == WebhookState.ENDED, row.pk))
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [(row, _pill(row)) for row in page]}
    return render(request, "desk/webhooks.html", context)


def _pill(row: Webhook) -> str:
    return PILLS.get(WebhookState(row.state), "info")


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_WEBHOOKS)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter an address; the answer shows its secret, once."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    outcome = store(form, lambda: webhooks.enter(by=actors[0], **form.cleaned_data))
    if outcome.row is not None:
        row, secret = outcome.row
        return _shown(request, row, secret) if secret else redirect("enterprises:desk_webhook", row.pk)
    crumbs = [(_("Webhooks"), reverse("enterprises:desk_webhooks")), (_("Enter an address"), "")]
    context = {"crumbs": crumbs, "form": form, "kinds": EventType.choices}
    return render(request, "desk/webhook_new.html", context, status=outcome.status)


@require_safe
@at_desk(Permission.KEEP_WEBHOOKS)
def webhook(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """One webhook and how it goes."""
    return _shown(request, get_object_or_404(Webhook, pk=pk))


@asks_again("secret")
@require_POST
@at_desk(Permission.KEEP_WEBHOOKS)
def step(request: HttpRequest, actors: Sequence[Actor], pk: int, name: str) -> HttpResponse:
    """Pause it, go on, try now, end it, or make its secret anew."""
    row = get_object_or_404(Webhook, pk=pk)
    if name not in STEPS:
        raise Http404
    try:
        secret = STEPS[name](row, by=actors[0])
    except MoveRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        if secret:
            return _shown(request, row, secret)
        messages.success(request, _("Saved."))
    return redirect("enterprises:desk_webhook", pk)


def _shown(request: HttpRequest, row: Webhook, secret: str = "") -> HttpResponse:
    row = Webhook.objects.get(pk=row.pk)
    head = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    context = {
        "crumbs": [(_("Webhooks"), reverse("enterprises:desk_webhooks")), (row.holder, "")],
        "row": row,
        "pill": _pill(row),
        "secret": secret,
        "behind": max(0, head - row.cursor),
        "is_open": row.state in (WebhookState.WAITING, WebhookState.ACTIVE),
        "given_up": row.state == WebhookState.PAUSED and row.failing_since is not None,
    }
    response = render(request, "desk/webhook.html", context)
    if secret:
        response["Cache-Control"] = "private, no-store"
    return response
