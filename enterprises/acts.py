"""WRITER. A new announcement (公告) by which something is decided or told; the caller's transaction holds the rest."""

from __future__ import annotations

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.partial_dates import Precision
from products import registrar
from products.announcement_numbers import Issuer
from products.models import Announcement


def announce(
    *, by: Actor, text: str, published_on: datetime.date, issuer: str = Issuer.OTHER, issuer_text: str = "",
    year: int | None = None, number: int | None = None, body: str = "", corrects: Announcement | None = None,
    demonstration: bool = False,
) -> Announcement:  # fmt: skip
    """A new announcement; `text` is its number in words. Refused for a day to come or a number that is taken."""
    if published_on > timezone.localdate():
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    try:
        with transaction.atomic():
            return registrar.enter_announcement(
                by=by, issuer=issuer, issuer_text=issuer_text, year=year, number=number, text=text, body=body,
                published_on=published_on, published_precision=Precision.DAY, corrects=corrects,
                demonstration=demonstration,
            )  # fmt: skip
    except IntegrityError:
        raise MoveRefused("number_taken", _("There is an announcement of this number or title already.")) from None
