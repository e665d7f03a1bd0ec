"""For who operates the register: whether it is fit to answer, figures for a monitor, the operator's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from enterprises import operation_facts, operation_lines, operation_metrics
from enterprises.operation_facts import FAILED
from enterprises.views.desk_access import at_desk
from gi_registry import networks
from gi_registry.journal import Actor
from gi_registry.roles import Permission


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while this server gives right answers, if slowly; 503 when it should get no visitors. Numbers only inside."""
    found = operation_facts.checks()
    state = operation_facts.state_of(found)
    told = {one.name: {"state": one.state} | (one.seen if is_inside(request) else {}) for one in found}
    answer = {"status": state, "at": timezone.localtime().isoformat(timespec="seconds"), "checks": told}
    return JsonResponse(answer, status=503 if state == FAILED else 200)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' format, for who is inside or has the token; nothing is here for anybody else."""
    if not is_inside(request):
        raise Http404
    return HttpResponse(operation_metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def is_inside(request: HttpRequest) -> bool:
    """Whether a machine of the operator asks: by the token, or directly from a private network.

    What a proxy passes on comes from its visitors, wherever the proxy stands.
    """
    _scheme, _blank, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if settings.METRICS_TOKEN and constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        return True
    if any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")):
        return False
    address = networks.direct_address(request)
    return address is not None and address.is_private


@require_safe
@at_desk(Permission.WATCH_OPERATION)
def page(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """How the register runs, for registry officers and auditors."""
    return render(request, "desk/operation.html", {"sections": operation_lines.sections(), "now": timezone.localtime()})
