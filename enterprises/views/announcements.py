"""The list of an announcement of this register as a file: CSV and the like, or PDF."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises import announced
from enterprises.announced import Announced
from enterprises.papers import Paper, PaperTable, render
from gi_registry.exports import Table, respond
from products.models import Announcement

COLUMNS = ("what", "authorisation", "enterprise", "uscc", "product_number", "product", "varieties", "standard", "on")


@require_safe
def attachment(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The list of an announcement that was made in this register; 404 where it has none."""
    announcement = get_object_or_404(Announcement, pk=pk)
    rows = announced.rows_of(announcement)
    if not rows or kind not in ("pdf", "csv", "xlsx", "json"):
        raise Http404
    if kind == "pdf":
        response = HttpResponse(render(paper(announcement, rows), style="list"), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="announcement-{pk}.pdf"'
        response["X-Robots-Tag"] = "noindex"
        return response
    about = {"announcement": announcement.text, "published_on": announcement.published_on,
             "demonstration": announcement.demonstration}  # fmt: skip
    return respond(Table(f"announcement-{pk}", COLUMNS, _lines(rows), about, total=len(rows)), kind)


def _lines(rows: list[Announced]) -> Iterator[dict[str, Any]]:
    for row in rows:
        product = row.authorisation.product
        yield {
            "what": row.what,
            "authorisation": row.authorisation.reference,
            "enterprise": row.enterprise_name,
            "uscc": row.uscc,
            "product_number": product.number if product else None,
            "product": row.product_name,
            "varieties": row.varieties,
            "standard": row.standard,
            "on": row.on,
        }


def paper(announcement: Announcement, rows: list[Announced]) -> Paper:
    """The list as it is printed."""
    columns = [_("Product"), _("Enterprise"), _("Credit code"), _("Varieties"), _("What")]
    separator = _(", ")
    cells = [
        [row.product_name, row.enterprise_name, row.uscc, separator.join(row.varieties), str(row.words)] for row in rows
    ]
    day = announcement.published_on.isoformat() if announcement.published_on else ""
    return Paper(
        title=announcement.text,
        number="",
        date_text=day,
        notes=[announcement.body] if announcement.body else [],
        address=f"{settings.SITE_URL}/announcements/{announcement.pk}/",
        address_note=_("The announcement in the register"),
        demonstration=announcement.demonstration,
        footer=_("Register of Geographical Indications"),
        tables=[PaperTable(_("Enterprises and products"), columns, cells)],
    )
