"""Key figures of the register, counted from its records; each with the rule it is counted by.

READER. The numbers are kept until the journal has a new entry, for every legal fact changes together with
one, or the date changes: right the moment the data change, and one small query otherwise.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from enterprises import directory
from enterprises.states import AuthorisationState
from gi_registry.models import JournalHead
from products import agreements, coverage
from products.models import PovertyList, Product


@dataclass(frozen=True)
class Figures:
    """Numbers on one day, `on`.

    `products`: GIs on record, whatever is known of them. `protected`: those with a confirmed right in force;
    `protected_by_province` the same by province code. `abroad`: Chinese names that stand on the list of an
    agreement as protected, a name on two lists once. `authorised`: enterprises with an authorisation that is
    decided or announced; `reported`: further ones that are only reported. `covered` of `listed` units of the
    first poverty list have a protected GI product; all three are None where no list is loaded.
    """

    on: datetime.date
    products: int
    protected: int
    protected_by_province: dict[str, int]
    abroad: int
    authorised: int
    reported: int
    poverty_list: PovertyList | None
    listed: int | None
    covered: int | None


def key_figures(on: datetime.date | None = None) -> Figures:
    """The figures on a date (default today). One query where they are known, twelve otherwise."""
    on = on or timezone.localdate()
    sequence = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    found = cache.get_or_set(f"key-figures:{sequence}:{on}", lambda: count(on), timeout=86_400)
    assert isinstance(found, Figures)
    return found


def count(on: datetime.date) -> Figures:
    """The figures, counted now."""
    by_province = dict(
        Product.objects.in_force(on).order_by("province__code").values_list("province__code").annotate(Count("pk"))
    )
    authorised, reported = _enterprises(on)
    poverty_list = PovertyList.objects.first()
    covered = coverage.count(poverty_list, on).total if poverty_list else None
    return Figures(
        on=on,
        products=Product.objects.count(),
        protected=sum(by_province.values()),
        protected_by_province={code: number for code, number in by_province.items() if code},
        abroad=agreements.names_abroad(on),
        authorised=len(authorised),
        reported=len(reported - authorised),
        poverty_list=poverty_list,
        listed=covered.listed if covered else None,
        covered=covered.covered if covered else None,
    )


def _enterprises(on: datetime.date) -> tuple[set[int], set[int]]:
    """Enterprises with an authorisation that stands, and those with one that is only reported."""

    def having(state: AuthorisationState) -> set[int]:
        rows = directory.wanted_authorisations(directory.Wanted(status=state, on=on))
        return set(rows.real().values_list("enterprise", flat=True))

    return having(AuthorisationState.IN_FORCE), having(AuthorisationState.REPORTED)
