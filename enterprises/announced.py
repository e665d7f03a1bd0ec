"""READER. The list that an announcement of this register publishes: who, for what, from when."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enterprises.models import Authorisation
from enterprises.states import ApplicationKind, StopGround
from products.models import Announcement


@dataclass(frozen=True)
class Announced:
    """One row. `what` happened to the authorisation: granted, changed or stopped."""

    what: str
    words: str | Promise
    authorisation: Authorisation
    varieties: list[str]
    standard: str
    on: datetime.date | None

    @property
    def enterprise_name(self) -> str:
        return self.authorisation.enterprise.name_zh

    @property
    def uscc(self) -> str:
        return self.authorisation.enterprise.uscc or ""

    @property
    def product_name(self) -> str:
        product = self.authorisation.product
        return product.name_zh if product else self.authorisation.product_text


def rows_of(announcement: Announcement) -> list[Announced]:
    """The rows in the order of product and enterprise; empty for an announcement that was made elsewhere."""
    related = "authorisation__enterprise", "authorisation__product"
    rows = [
        Announced(
            "changed" if terms.application.kind == ApplicationKind.CHANGE else "granted",
            _("terms changed") if terms.application.kind == ApplicationKind.CHANGE else _("authorised"),
            terms.authorisation, list(terms.varieties), terms.standard, terms.effective_from,
        )
        for terms in announcement.terms.select_related("application", *related)
    ]  # fmt: skip
    rows += [
        Announced("stopped", StopGround(case.ground).label, case.authorisation, [], "", case.decided_on)
        for case in announcement.stop_cases.select_related(*related)
    ]
    return sorted(rows, key=lambda row: (row.product_name, row.enterprise_name, row.what))
