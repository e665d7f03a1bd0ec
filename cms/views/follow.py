"""Follow by e-mail: ask, confirm, manage, end. Nobody signs in; the link of a letter is the key.

No page of these sets a cookie, and none asks for a token against forged forms: links are secrets of their own, and to
ask for letters changes nothing before the owner of the address confirms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cms import follow_facts, following
from cms.follow_forms import FollowForm, RhythmForm
from cms.follow_words import KEPT_UNCONFIRMED, Followed
from cms.models import Follow, Rhythm
from gi_registry import networks, throttle
from gi_registry.throttle import Limit

METHODS = require_http_methods(["GET", "HEAD", "POST"])
FROM_ONE_NETWORK = Limit("follow", 20, 3600)
TO_ONE_ADDRESS = Limit("follow-to", 5, 86_400)  # letters that ask; who wants more confirms one and waits a day


# --- Asking


@csrf_exempt
@METHODS
def follow(request: HttpRequest) -> HttpResponse:
    """The form for /follow/?kind=…&key=…; a POST, also from a box on another page, asks the owner of the address."""
    sent = request.POST if request.method == "POST" else request.GET
    followed = follow_facts.find(sent.get("kind", ""), sent.get("key", ""))
    if followed is None:
        raise Http404("nothing to follow")
    if request.method != "POST":
        return _show(request, FollowForm(), followed)
    form = FollowForm(request.POST)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":  # a form on somebody else's page
        form.add_error(None, _("This form was sent from another site. Press the button again if you want the letters."))
    if not form.is_valid():
        return _show(request, form, followed)
    if waits := throttle.spend(FROM_ONE_NETWORK, networks.network_of(request)):
        return _show(request, form, followed, waits)
    _ask(followed, form)
    return redirect("cms:follow_sent")


def _ask(followed: Followed, form: FollowForm) -> None:
    """One more letter to an address that got many today is not sent; the answer does not tell."""
    email, rhythm = form.cleaned_data["email"], form.cleaned_data["rhythm"]
    if not throttle.spend(TO_ONE_ADDRESS, email):
        following.ask(followed, email=email, rhythm=rhythm, language=get_language() or "zh-hans")


def _show(request: HttpRequest, form: FollowForm, followed: Followed, waits: int = 0) -> HttpResponse:
    context = {"form": form, "followed": followed, "days": KEPT_UNCONFIRMED.days, "wait_words": ""}
    if waits:
        minutes = math.ceil(waits / 60)
        text = ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)
        context["wait_words"] = _(
            "From your connection, which others may share, this was asked for many times within an hour. Leave this "
            "page open and send the form in {time}."
        ).format(time=text)
    response = render(request, "cms/follow/form.html", context, status=429 if waits else 200)
    if waits:
        response["Retry-After"] = str(waits)
    return _private(response)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The one answer to everybody who asked."""
    return _private(render(request, "cms/follow/sent.html", {"days": KEPT_UNCONFIRMED.days}))


# --- Behind the link of a letter

View = Callable[[HttpRequest, Follow, str], HttpResponse]


def by_link(view: View) -> Callable[..., HttpResponse]:
    """The view gets the row that the link leads to; a wrong or old link gets a page that says what to do."""

    @csrf_exempt
    @METHODS
    @wraps(view)
    def looking(request: HttpRequest, link: str) -> HttpResponse:
        row = follow_facts.by_link(link)
        if row is None:
            return _private(render(request, "cms/follow/gone.html", status=404))
        return _private(view(request, row, link))

    return looking


def _private(response: HttpResponse) -> HttpResponse:
    """The address of such a page is a secret, and the page itself nobody else's business."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@by_link
def confirm(request: HttpRequest, row: Follow, link: str) -> HttpResponse:
    """A page with a button: programs that look at the links of mails press none."""
    if request.method == "POST" and following.confirm(row):
        return redirect("cms:follow_manage", link)
    if row.confirmed_at is not None:
        return redirect("cms:follow_manage", link)
    most = following.MOST if request.method == "POST" else 0
    return render(request, "cms/follow/confirm.html", {"line": follow_facts.line(row), "link": link, "most": most})


@by_link
def manage(request: HttpRequest, row: Follow, link: str) -> HttpResponse:
    """All that an address follows: how often, and its end."""
    if row.confirmed_at is None:
        return redirect("cms:follow_confirm", link)
    if request.method == "POST":
        return _changed(request, row, link)
    lines = follow_facts.all_of(row)
    context = {"lines": lines, "link": link, "rhythms": Rhythm.choices, "ended": "ended" in request.GET}
    return render(request, "cms/follow/manage.html", context)


def _changed(request: HttpRequest, row: Follow, link: str) -> HttpResponse:
    form = RhythmForm(request.POST)
    if form.is_valid() and form.cleaned_data["rhythm"]:
        following.set_rhythm(row, key=form.cleaned_data["row"], rhythm=form.cleaned_data["rhythm"])
    return redirect("cms:follow_manage", link)


@by_link
def stop(request: HttpRequest, row: Follow, link: str) -> HttpResponse:
    """A page with two buttons. What mail programs post by themselves (RFC 8058) ends the letter at once."""
    if request.method == "POST":
        return _stopped(request, row)
    rest = [line for line in follow_facts.all_of(row) if line.row.pk != row.pk] if row.confirmed_at else []
    return render(request, "cms/follow/stop.html", {"line": follow_facts.line(row), "rest": rest, "link": link})


def _stopped(request: HttpRequest, row: Follow) -> HttpResponse:
    if request.POST.get("List-Unsubscribe") == "One-Click":
        following.stop_letters(row)
        return HttpResponse("ok\n", content_type="text/plain")
    if request.POST.get("what") == "all" and row.confirmed_at:
        following.stop_all(row)
        return redirect("cms:follow_stopped")
    following.stop(row)
    # The link of a letter that only asks shows nothing else of its address.
    if not (row.confirmed_at and (rest := follow_facts.all_of(row))):
        return redirect("cms:follow_stopped")
    return redirect(reverse("cms:follow_manage", args=[rest[0].link]) + "?ended")


@require_safe
def stopped(request: HttpRequest) -> HttpResponse:
    """It is over, and erased."""
    return _private(render(request, "cms/follow/stopped.html"))
