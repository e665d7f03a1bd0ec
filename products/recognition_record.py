"""READER. Where a product is protected abroad: names that a person has tied to it, and names only written the same."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from products import agreements
from products.agreement_words import country_name
from products.agreements import Line
from products.models import AgreementEntry, Product


@dataclass(frozen=True)
class Recognition:
    """A name on an agreement list and what can be said of it on the date asked for."""

    line: Line

    @property
    def entry(self) -> AgreementEntry:
        """The name as the list has it."""
        return self.line.entry

    @property
    def partner(self) -> str:
        """The other party of the agreement in words."""
        return country_name(self.entry.agreement.partner)


@dataclass(frozen=True)
class Abroad:
    """`reviewed`: found to be this product; `suggested`: written the same, and nobody has reviewed it yet."""

    reviewed: Sequence[Recognition]
    suggested: Sequence[Recognition]


def abroad(product: Product, on: datetime.date) -> Abroad:
    """The names of a product on the lists of a date. Two queries."""
    rows = agreements.in_order(agreements.on_list(on).filter(Q(product=product) | Q(suggested=product)))
    found = [Recognition(line) for line in agreements.lines(rows, on)]
    return Abroad(
        [one for one in found if one.entry.product_id], [one for one in found if not one.entry.product_id]
    )
