"""Public pages on one authorisation: what holds on a date, its history, its certificate."""

import datetime
import re

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_safe

from enterprises import authorisation_facts as facts
from enterprises.authorisation_facts import Answer
from enterprises.filters import DateForm
from enterprises.papers import Line, Paper
from enterprises.papers import render as render_paper
from gi_registry.query_values import read
from products import maps


class CertificateForm(forms.Form):
    """What the address in a certificate's code carries: the comparison mark and the day of printing."""

    c = forms.RegexField(r"^[0-9a-f]{10}$", required=False, label=gettext_lazy("Comparison mark"))
    printed = forms.DateField(required=False, label=gettext_lazy("Printed on"))


@require_safe
def authorisation(request: HttpRequest, reference: str) -> HttpResponse:
    """One authorisation on a date; asked from a certificate, whether that still says what the register says."""
    found = _answer_or_404(reference)
    if found.authorisation.reference != reference:
        return redirect(found.authorisation, permanent=True)
    values, notices = read(DateForm(request.GET))
    mark, more = read(CertificateForm(request.GET))
    if values["as_of"]:
        found = facts.answer(found.authorisation, values["as_of"])
    today = timezone.localdate()
    context = {
        "found": found,
        "row": found.authorisation,
        "is_today": found.on == today,
        "certificate": certificate_check(found, mark["c"], mark["printed"]) if found.on == today else None,
        "can_be_certified": facts.can_be_certified(found),
        "form": DateForm(initial=values),
        "notices": notices + more,
        "crumbs": [
            (_("Enterprises"), reverse("enterprises:directory")),
            (maps.name_of(found.authorisation.enterprise), found.authorisation.enterprise.get_absolute_url()),
            (found.authorisation.reference, ""),
        ],
    }
    return render(request, "enterprises/authorisation.html", context)


def certificate_check(found: Answer, mark: str, printed: datetime.date | None) -> dict[str, object] | None:
    """How a printed certificate compares with today; None where nobody asks from one."""
    if not mark:
        return None
    return {"agrees": mark == facts.fingerprint(found) and found.usable, "printed": printed}


@require_safe
def certificate(request: HttpRequest, reference: str) -> HttpResponse:
    """The certificate as PDF, in the language of the page; only while the authorisation is in force."""
    found = _answer_or_404(reference)
    if not facts.can_be_certified(found):
        return redirect(found.authorisation)
    name = re.sub(r"[^A-Za-z0-9]", "", found.authorisation.reference)
    response = HttpResponse(render_paper(paper(found), style="certificate"), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{name}-{found.on:%Y%m%d}.pdf"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer_or_404(reference: str) -> Answer:
    row = facts.by_reference(reference)
    if row is None:
        raise Http404
    found = facts.answer(row)
    if found.standing is None:  # it begins on a later day; until then there is nothing to tell
        raise Http404
    return found


def paper(found: Answer) -> Paper:
    """The facts of a certificate, line by line."""
    row, stated = found.authorisation, facts.certified(found)
    separator = _(", ")
    lines = [
        Line(_("Product"), stated["product"]),
        Line(_("Enterprise"), stated["enterprise"]),
        Line(_("Credit code"), stated["uscc"] or _("not on record")),
        Line(_("Varieties"), separator.join(stated["varieties"]) or _("see the announcement")),
        Line(_("Printed at the mark"), stated["standard"] or stated["announcement"]),
        Line(_("Announcement"), stated["announcement"] or _("not on record")),
        Line(_("Authorised since"), row.effective_from.isoformat()),
    ]
    with override("zh-hans"):  # one address for all readers: it leads to the page in Chinese, which offers English
        page = settings.SITE_URL + row.get_absolute_url()
    return Paper(
        title=_("Certificate of authorisation to use the special mark of geographical indications"),
        number=row.reference,
        date_text=_("As on {date}").format(date=found.on.isoformat()),
        lines=lines,
        notes=[
            _("This certificate says what the register held on the day it names. It does not say that any goods are "
              "genuine."),
            _("Scan the code: the page says whether the certificate is still up to date."),
        ],
        address=f"{page}?c={facts.fingerprint(found)}&printed={found.on.isoformat()}",
        address_note=_("Is this still so? Scan, and compare the address in your browser with {site}").format(
            site=settings.SITE_URL
        ),
        demonstration=row.enterprise.is_demo,
        footer=_("Register of Geographical Indications"),
        tables=[],
    )  # fmt: skip
